"""Seen from the side, toe to the right."""

from __future__ import annotations

from collections.abc import Callable

from shop.catalog.demo.drawing.canvas import BRASS, CREAM, PAPER, RUBBER, STEEL_LIGHT, Drawing, mix

LACE = "#d8a03a"


def _lugs(d: Drawing, start: int, end: int, y: int, colour: str = RUBBER) -> None:
    """The profile below a sole."""
    teeth = "".join(f"M{x} {y}h30l-5 18h-20z" for x in range(start, end - 20, 46))
    d.fill(teeth, colour)


def _laces(d: Drawing, points: list[tuple[int, int, int, int]], colour: str, width: float = 10) -> None:
    """Each lace from its outer eyelet to its inner one."""
    for x1, y1, x2, y2 in points:
        d.line(f"M{x1} {y1}L{x2} {y2}", colour, width)
        d.oval(x1, y1, 8, 8, BRASS)


def _boot_sole(d: Drawing, midsole: str) -> None:
    _lugs(d, 188, 660, 806)
    d.fill(
        "M168 752C166 790 172 808 190 810H650C684 810 694 790 690 752C640 766 560 762 470 762H300C250 762 200 764 168 752z",
        RUBBER,
    )
    d.fill(
        "M168 736C166 752 166 762 168 772C220 784 270 778 320 780H560C620 780 668 778 690 766C692 752 690 742 688 730z",
        midsole,
    )


def _boot_front(d: Drawing) -> None:
    d.fill(
        "M398 414C414 478 452 524 500 552C516 564 540 578 566 594L536 632C464 612 398 556 356 400C372 402 386 406 398 414z",
        d.dark,
    )
    d.stitch("M352 412C390 560 464 622 536 644", d.light)
    d.stitch("M276 600C316 634 340 690 336 730", d.light)
    d.stitch("M536 730C540 690 566 652 612 632", d.light)
    _laces(
        d,
        [(372, 440, 420, 424), (388, 490, 440, 462), (414, 538, 470, 500), (448, 578, 504, 538), (488, 606, 544, 566)],
        CREAM,
    )
    d.line("M420 424C470 380 500 420 470 446M420 424C452 352 398 340 404 402", CREAM, 8)


def boot(d: Drawing) -> None:
    """A walking boot that ends above the ankle."""
    d.shadow(430, 330)
    # The far side of the collar and the tongue.
    d.fill("M232 342C270 318 350 312 398 322L404 380L240 392z", d.deep)
    d.fill("M336 268C360 248 396 252 408 282C418 350 436 430 470 520L430 540C380 440 352 370 336 268z", d.light)
    # The upper.
    d.fill(
        "M212 352C256 328 340 326 384 344C392 420 414 478 452 524C500 574 590 586 644 640C680 676 692 706 690 748"
        "C520 764 330 764 168 748C162 700 190 660 204 600C214 540 204 430 212 352z",
        d.base,
    )
    # Heel counter, toe cap and rand, in a darker tone.
    d.fill("M204 600C192 650 162 700 168 748H322C334 700 306 640 266 606C244 590 218 588 204 600z", d.dark)
    d.fill("M540 748C540 690 574 640 632 628C672 662 692 704 690 748z", d.dark)
    d.fill("M168 716C330 734 560 736 688 712C691 724 691 736 690 752H168C166 738 166 728 168 716z", d.deep)
    # Collar padding.
    d.fill(
        "M212 352C256 328 340 326 384 344C388 380 392 396 398 414C340 392 262 394 207 420C207 398 209 374 212 352z",
        d.light,
    )
    d.line("M210 386C266 362 340 362 390 378", d.dark, 4, opacity=0.5)
    # The lacing panel.
    _boot_front(d)
    # Pull tab and mark.
    d.line("M214 352C204 320 222 308 236 330", d.deep, 12)
    d.blaze(262, 464, 1.3)
    d.fill("M430 640C490 668 530 680 536 680", d.light, 0.5)
    _boot_sole(d, mix(d.light, CREAM, 0.55))


def _leather_boot_laces(d: Drawing) -> None:
    d.stitch("M342 346C378 540 460 622 536 646", d.light)
    d.stitch("M216 596C260 580 320 600 356 672", d.light)
    d.fill("M236 400C262 396 300 400 322 414C320 470 300 520 262 548C246 500 238 450 236 400z", d.light, 0.45)
    _laces(
        d,
        [
            (362, 366, 410, 344),
            (368, 414, 418, 392),
            (380, 462, 432, 434),
            (398, 510, 452, 476),
            (426, 554, 480, 518),
            (468, 590, 522, 552),
        ],
        LACE,
        9,
    )
    d.line("M410 344C462 300 488 342 456 366M410 344C440 268 388 262 396 322", LACE, 8)
    d.line("M208 272C196 238 216 226 232 250", d.deep, 12)


def leather_boot(d: Drawing) -> None:
    """A high, stiff boot for rock: rubber rand all round, hooks above, a one-piece upper."""
    d.shadow(430, 330)
    d.fill("M226 262C270 238 350 236 396 250L404 320L234 330z", d.deep)
    d.fill("M342 196C364 180 398 186 408 212C414 320 434 420 474 520L432 530C384 420 354 320 342 196z", d.dark)
    d.fill(
        "M206 272C250 248 338 246 384 266C390 380 412 470 456 522C506 572 594 580 646 634C682 672 692 706 690 748"
        "C520 764 330 764 168 748C160 700 188 656 202 596C214 520 196 380 206 272z",
        d.base,
    )
    d.fill("M206 272C250 248 338 246 384 266L390 340C334 318 258 320 203 348C203 320 204 296 206 272z", d.dark)
    d.line("M206 306C262 280 336 280 386 300", d.light, 4, opacity=0.6)
    d.fill(
        "M390 340C398 420 420 480 456 522C482 550 530 572 568 592L538 632C458 608 386 540 348 334C364 334 378 336 390 340z",
        d.dark,
    )
    d.fill(
        "M168 690C250 712 300 676 350 690C430 712 520 712 552 680C576 656 604 640 640 628C680 668 692 706 690 756H168C164 732 164 710 168 690z",
        RUBBER,
    )
    d.line("M168 690C250 712 300 676 350 690C430 712 520 712 552 680C576 656 604 640 640 628", "#565d59", 5)
    _leather_boot_laces(d)
    _boot_sole(d, "#8d8a7c")


def _pile_collar(d: Drawing) -> None:
    d.line("M344 400C356 470 380 530 420 574", d.dark, 5)
    for y in (430, 480, 530):
        d.line(f"M{352 + (y - 430) * 0.32:g} {y}L{402 + (y - 430) * 0.42:g} {y - 16}", CREAM, 9)
        d.oval(352 + (y - 430) * 0.32, y, 9, 9, BRASS)
    d.fill(
        "M190 330C180 300 196 270 222 276C232 250 268 244 286 262C304 240 342 244 352 266C378 254 410 272 408 300C426 318 416 352 392 356C380 380 346 382 330 368C310 386 276 384 262 368C240 384 208 374 206 352C196 350 190 342 190 330z",
        "#fffdf6",
    )
    d.line(
        "M222 300c14-10 26-6 30 4M284 292c14-10 26-6 30 4M346 298c14-10 26-6 30 4M246 340c14-10 26-6 30 4M312 338c14-10 26-6 30 4",
        "#c3b695",
        6,
    )
    d.line("M206 352C208 374 240 384 262 368C276 384 310 386 330 368C346 382 380 380 392 356", "#c3b695", 8)


def winter_boot(d: Drawing) -> None:
    """A lined boot with a pile collar and a rubber foot."""
    d.shadow(430, 330)
    d.fill(
        "M214 330C260 300 350 300 396 326C404 420 424 480 462 524C520 570 600 584 648 640C682 676 692 706 690 748H168C162 700 188 660 202 600C212 530 206 420 214 330z",
        d.base,
    )
    d.fill(
        "M168 748C160 690 184 660 200 640C270 660 330 600 400 590C470 580 520 560 560 566C610 590 690 640 690 748z",
        RUBBER,
    )
    d.line("M190 650C270 668 336 608 402 598C466 588 520 572 556 576", "#5a615d", 5)
    d.line("M552 748C556 690 586 640 630 622", "#4a514d", 5)
    d.fill(
        "M236 420C270 410 310 412 336 420C346 480 350 520 330 556C290 590 250 600 232 600C240 540 238 480 236 420z",
        d.light,
        0.4,
    )
    _pile_collar(d)
    _boot_sole(d, "#4b524e")


def _one_shoe(d: Drawing) -> None:
    """A low walking shoe."""
    d.fill("M190 560C230 540 300 544 346 566L360 610H200z", d.deep)
    d.fill("M318 520C346 504 382 516 398 544C420 590 450 620 480 640L440 664C380 640 336 590 318 520z", d.light)
    d.fill(
        "M172 560C200 540 240 566 280 576C318 584 340 566 360 572C402 620 470 652 540 660C620 668 690 690 704 752C520 772 300 768 148 754C142 700 150 610 172 560z",
        d.base,
    )
    d.fill("M172 560C150 612 142 700 148 754H320C318 690 280 640 230 626C204 616 180 596 172 560z", d.dark)
    d.fill("M586 754C584 710 604 684 640 676C680 692 700 716 704 752z", d.dark)
    d.fill("M360 572C402 620 470 652 520 658L478 716C400 690 344 640 322 574C338 570 350 568 360 572z", d.dark)
    d.fill("M330 700C390 716 450 722 520 716L560 754H330z", d.light, 0.55)
    d.stitch("M232 640C276 654 306 700 308 744", d.light)
    d.stitch("M316 590C344 656 400 706 470 728", d.light)
    d.line("M172 562C196 544 240 568 282 578C318 586 338 568 360 574", d.light, 14)
    d.line("M168 566C158 536 176 526 190 548", d.deep, 12)
    _laces(d, [(344, 612, 392, 592), (366, 646, 416, 620), (396, 674, 448, 640), (434, 696, 486, 656)], CREAM, 9)
    d.line("M392 592C440 556 466 592 436 612M392 592C420 530 374 530 380 572", CREAM, 8)
    _lugs(d, 166, 690, 812)
    d.fill("M140 770C138 806 150 816 168 816H680C708 816 722 796 714 762z", RUBBER)
    d.fill(
        "M144 740C138 764 138 776 140 786C330 798 520 796 714 780C716 762 712 748 704 738C520 762 320 760 144 740z",
        mix(d.light, CREAM, 0.6),
    )
    d.blaze(214, 680, 1.1)


def _one_runner(d: Drawing) -> None:
    """A light shoe for running on trails: curved sole, heel tab, side stripes."""
    d.fill("M196 572C236 552 300 556 350 580L360 620H204z", d.deep)
    d.fill("M326 540C356 526 388 540 402 566C424 606 452 630 486 648L446 676C384 654 342 610 326 540z", d.deep)
    d.fill(
        "M160 528C184 520 196 556 232 572C280 590 330 572 366 588C410 632 474 660 544 668C630 678 700 700 716 746C520 770 300 764 150 742C138 680 146 590 160 528z",
        d.base,
    )
    d.fill("M160 528C146 590 138 680 150 742L262 752C250 690 214 640 190 600C176 576 170 548 160 528z", d.deep)
    d.fill("M600 756C604 716 630 694 668 692C696 706 712 724 716 746z", d.deep)
    d.fill("M366 588C410 632 474 660 524 666L490 716C412 694 352 650 330 588C344 584 356 584 366 588z", d.dark)
    d.fill(
        "M262 700C310 640 360 640 420 700C450 728 500 738 560 728C520 762 440 766 396 726C350 684 312 690 276 742C262 736 258 716 262 700z",
        PAPER,
        0.9,
    )
    _laces(d, [(352, 624, 398, 604), (376, 654, 424, 630), (406, 680, 456, 650), (446, 700, 496, 664)], PAPER, 8)
    d.line("M398 604C440 570 470 600 442 620", PAPER, 7)
    d.fill(
        "M134 746C150 720 180 738 240 742C400 752 560 760 712 726C742 740 742 770 714 790C640 812 540 792 470 800C400 808 330 812 240 812C170 812 128 800 134 746z",
        STEEL_LIGHT,
    )
    d.fill(
        "M134 776C240 800 420 786 500 784C590 782 660 790 726 774C722 796 704 806 680 814L650 822L610 808L580 822L540 806L500 820L460 808L420 824L376 812L336 828L292 814L250 828L206 814L172 824C146 814 134 800 134 776z",
        RUBBER,
    )


def _one_sandal(d: Drawing) -> None:
    """Straps over an open foot bed."""
    d.fill(
        "M150 716C240 700 330 738 440 740C540 742 640 712 706 736C726 754 722 786 700 802H176C146 796 136 744 150 716z",
        RUBBER,
    )
    d.fill(
        "M150 716C240 700 330 738 440 740C540 742 640 712 706 736C716 746 718 756 716 766C620 752 540 776 440 774C330 770 240 742 146 752C144 736 146 724 150 716z",
        mix(d.base, CREAM, 0.65),
    )
    _lugs(d, 170, 700, 800)
    # The far halves of the straps, then the near ones.
    d.line("M214 722C230 600 290 520 360 540C400 560 420 590 440 640", d.deep, 34)
    d.line("M540 742C540 660 590 640 620 726", d.deep, 34)
    d.line("M196 722C184 660 186 600 200 560C236 540 300 540 352 560", d.base, 46)
    d.line("M236 730C270 660 320 590 376 566", d.base, 46)
    d.line("M372 560C400 620 430 680 444 742", d.dark, 40)
    d.line("M470 748C490 660 560 610 636 640C662 660 672 700 676 736", d.base, 52)
    d.stitch("M192 706C182 650 184 606 198 566C236 546 300 548 346 564", d.light)
    d.stitch("M478 736C500 664 562 622 630 648C650 664 660 698 664 728", d.light)
    d.box(340, 534, 62, 54, d.deep, 10)
    d.box(354, 548, 34, 26, STEEL_LIGHT, 5)
    d.box(540, 604, 56, 48, d.deep, 9)
    d.box(552, 616, 32, 24, STEEL_LIGHT, 5)


def _one_clog(d: Drawing) -> None:
    """A felt slipper with an open heel."""
    d.fill("M156 742C250 726 300 728 380 716L440 760H170z", mix(d.light, CREAM, 0.5))
    d.fill(
        "M300 716C320 640 400 590 500 596C610 602 690 660 702 752C560 776 420 772 330 760C306 752 294 738 300 716z",
        d.base,
    )
    d.fill("M300 716C320 640 400 590 500 596C440 616 380 664 372 764L330 760C306 752 294 738 300 716z", d.dark)
    d.line("M304 716C326 646 404 600 496 604", CREAM, 16)
    d.fill("M520 650C580 656 640 690 660 730C610 700 560 680 512 676z", d.light, 0.6)
    d.stitch("M330 742C430 760 560 762 688 738", d.light)
    d.fill("M150 738C144 770 150 800 176 806H672C706 802 716 780 704 742C560 770 300 772 150 738z", "#8a6a48")
    d.line("M152 764C300 790 560 790 708 764", "#6f5236", 5)
    d.blaze(560, 690, 1.2)


def _pair(d: Drawing, one: Callable[[Drawing], None]) -> None:
    """The second one stands behind, a little smaller."""
    d.shadow(510, 310, 772, 26)
    with d.moved(126, 16, 0.9, opacity=0.8):
        one(d)
    d.shadow(380, 340, 848)
    with d.moved(-40, 26):
        one(d)


def shoe(d: Drawing) -> None:
    _pair(d, _one_shoe)


def runner(d: Drawing) -> None:
    _pair(d, _one_runner)


def sandal(d: Drawing) -> None:
    _pair(d, _one_sandal)


def clog(d: Drawing) -> None:
    _pair(d, _one_clog)
