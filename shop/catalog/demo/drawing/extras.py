"""Hats, gloves and socks."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import CREAM, INK, STEEL_LIGHT, Drawing


def beanie(d: Drawing) -> None:
    """A knitted hat with a turned-up cuff."""
    d.shadow(400, 270, 810)
    d.fill("M214 700C196 440 276 270 400 270C524 270 604 440 586 700z", d.base)
    d.fill("M480 292C556 340 598 480 586 700H500C520 540 520 400 480 292z", d.dark)
    for x, bend in ((250, 318), (300, 350), (350, 376), (400, 400), (450, 424), (500, 450), (550, 482)):
        d.line(
            f"M{x} 690C{x - (400 - x) * 0.1:g} 520 {bend} 380 {400 + (x - 400) * 0.22:g} 300", d.deep, 5, opacity=0.45
        )
    d.fill("M290 400C310 350 340 320 370 308C350 350 340 400 336 450C318 440 300 424 290 400z", d.light, 0.4)
    d.fill(
        "M196 620C320 650 480 650 604 620C616 676 616 740 606 792C480 824 320 824 194 792C184 740 184 676 196 620z",
        d.dark,
    )
    for x in range(226, 590, 38):
        lift = abs(x - 400) * 0.07
        d.line(f"M{x} {652 - lift:g}C{x - 3} 700 {x - 3} 740 {x} {804 - lift:g}", d.deep, 6, opacity=0.6)
    d.line("M196 620C320 650 480 650 604 620", d.light, 8, opacity=0.8)
    d.box(366, 690, 68, 80, CREAM, 6)
    d.blaze(386, 706, 1.8)
    d.oval(400, 256, 62, 58, d.light)
    d.line(
        "M352 236l30-22M400 200v34M448 236l-26-22M356 280l26-12M446 278l-26-10M400 310v-30M380 250l40 10",
        d.dark,
        6,
        opacity=0.6,
    )


def sun_hat(d: Drawing) -> None:
    """A brimmed hat with a chin cord."""
    d.shadow(400, 340, 770, 40)
    d.line("M212 700C220 850 330 900 372 838C392 800 420 800 430 838C470 890 580 850 588 700", d.deep, 7)
    d.box(384, 800, 34, 48, INK, 12)
    d.fill(
        "M56 690C120 600 260 580 400 580C540 580 680 600 744 690C752 726 660 762 400 762C140 762 48 726 56 690z", d.base
    )
    d.fill(
        "M744 690C752 726 660 762 400 762C140 762 48 726 56 690C140 724 260 736 400 736C540 736 660 724 744 690z",
        d.dark,
    )
    d.fill(
        "M216 640C216 500 250 396 306 372C352 356 376 388 400 388C424 388 448 356 494 372C550 396 584 500 584 640C540 680 260 680 216 640z",
        d.base,
    )
    d.fill("M494 372C550 396 584 500 584 640C560 662 510 670 470 674C510 570 520 460 494 372z", d.dark)
    d.line("M400 388C398 430 400 450 404 470", d.dark, 7)
    d.fill("M300 420C316 396 336 392 352 398C320 450 304 520 300 580C276 540 280 460 300 420z", d.light, 0.5)
    d.fill("M214 596C260 640 540 640 586 596L584 648C540 690 260 690 216 648z", d.deep)
    d.stitch("M86 684C180 724 280 734 400 734C520 734 620 724 714 684", d.light)
    d.stitch("M150 650C180 672 240 700 400 702C560 700 620 672 650 650", d.light)
    d.oval(516, 540, 9, 9, STEEL_LIGHT)
    d.oval(284, 540, 9, 9, STEEL_LIGHT)
    d.blaze(330, 632, 1.3)


def cap(d: Drawing) -> None:
    """A cap with a peak, turned to the right."""
    d.shadow(410, 340, 800, 36)
    d.fill("M430 640C540 610 690 640 760 730C764 752 740 762 716 756C620 730 520 728 430 744z", d.deep)
    d.fill("M440 640C540 610 690 640 760 730C660 690 540 690 430 716z", d.dark)
    d.fill(
        "M136 710C120 520 220 380 360 376C500 380 570 500 566 660C566 690 540 716 500 726C380 748 250 744 150 736C140 732 138 722 136 710z",
        d.base,
    )
    d.fill(
        "M360 376C500 380 570 500 566 660C566 690 540 716 500 726C470 732 440 736 410 738C470 620 450 460 360 376z",
        d.dark,
    )
    d.line("M360 378C270 440 230 580 236 738M360 378C450 460 470 620 412 738", d.deep, 5, opacity=0.7)
    d.stitch("M350 384C262 446 222 580 228 732", d.light)
    d.fill("M196 560C204 500 230 450 264 426C230 500 220 560 216 620C200 610 194 590 196 560z", d.light, 0.5)
    d.oval(360, 376, 18, 12, d.deep)
    d.oval(300, 500, 8, 8, d.deep)
    d.oval(440, 500, 8, 8, d.deep)
    d.line("M140 708C260 736 400 736 500 724C540 714 562 694 566 668", d.deep, 10, opacity=0.6)
    d.stitch("M470 664C560 640 660 660 724 716M452 694C550 668 640 684 704 734", d.light)
    d.blaze(486, 560, 2)


def _glove(d: Drawing, finger: str, palm: str, back: str) -> None:
    """A right hand, fingers up, its thumb to the left."""
    d.line("M282 600C240 580 214 546 196 502", palm, 64)
    for x1, y1, x2, y2 in ((318, 520, 300, 352), (374, 500, 372, 306), (430, 506, 444, 328), (484, 530, 512, 392)):
        d.line(f"M{x1} {y1}L{x2} {y2}", finger, 58)
    d.fill(
        "M284 500C330 470 470 470 516 520C530 580 516 640 500 700H300C276 650 262 620 264 580C266 540 270 516 284 500z",
        back,
    )
    d.fill("M296 690C360 706 440 706 504 690L520 800C440 824 350 824 284 800z", palm)


def gloves(d: Drawing) -> None:
    """A knitted pair with ribbed cuffs."""
    d.shadow(410, 320, 826)
    with d.moved(20, 150, 0.8, opacity=0.85), d.turned(-16, 400, 800):
        _glove(d, d.dark, d.deep, d.dark)
    with d.moved(150, 130, 0.86), d.turned(12, 400, 800):
        _glove(d, d.base, d.dark, d.base)
        d.line("M346 500V452M402 488V436M458 500V448", d.dark, 7)
        d.line("M330 590C380 570 440 570 478 590", d.light, 8, opacity=0.7)
        d.line("M326 620C380 600 440 600 482 620", d.light, 8, opacity=0.7)
        d.line("M316 714L306 796M352 720L346 806M390 722V810M430 720L436 808M470 714L482 800", d.deep, 6, opacity=0.6)
        d.blaze(392, 640, 1.4)
        d.line("M300 352V372M372 306V330M444 328V352", d.light, 10, opacity=0.6)


def _sock(d: Drawing) -> None:
    d.fill(
        "M250 250C300 236 370 236 420 250C424 370 416 480 424 560C470 620 560 660 620 700C660 730 660 790 616 806C520 826 400 806 330 770C270 736 244 690 246 620C252 500 254 370 250 250z",
        d.base,
    )
    d.fill("M246 620C246 690 270 736 330 770C340 720 326 650 246 600z", d.deep)
    d.fill("M620 700C660 730 660 790 616 806C590 812 560 812 532 810C530 756 560 706 606 690z", d.deep)
    d.fill("M250 250C300 236 370 236 420 250L421 340C370 328 300 328 253 340z", d.dark)
    for x in range(270, 416, 24):
        d.line(f"M{x} 252V330", d.deep, 5, opacity=0.6)
    d.fill(
        "M254 376C310 364 370 364 421 376L420 404C370 392 310 392 254 404zM253 424C310 412 370 412 420 424L419 440C370 428 310 428 253 440z",
        CREAM,
    )
    d.line("M424 560C400 600 390 640 396 690M440 590C424 620 418 650 420 690", d.dark, 5)
    d.fill("M290 450C306 446 326 446 340 450C342 530 350 590 330 640C300 600 288 530 290 450z", d.light, 0.4)


def socks(d: Drawing) -> None:
    d.shadow(440, 330, 830)
    with d.moved(90, 30, 0.94, opacity=0.8):
        _sock(d)
    with d.moved(-50, 34):
        _sock(d)
