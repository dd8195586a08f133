"""Seen from the front, as they stand on the ground."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import BLAZE, CREAM, INK, RUBBER, STEEL_DARK, STEEL_LIGHT, SUN, Drawing


def _buckle(d: Drawing, x: int, y: int) -> None:
    d.box(x - 18, y - 22, 36, 44, INK, 7)
    d.box(x - 10, y - 6, 20, 12, STEEL_DARK, 3)


def _shoulder_straps(d: Drawing, top: int, bottom: int, reach: int) -> None:
    for side in (d.moved(0, 0), d.mirrored()):
        with side:
            d.line(f"M290 {top}C{250 - reach} {top + 60} {210 - reach} {bottom - 120} 250 {bottom}", d.deep, 44)
            d.line(f"M290 {top}C{250 - reach} {top + 60} {210 - reach} {bottom - 120} 250 {bottom}", d.dark, 26)


def _side_pockets(d: Drawing) -> None:
    # Side pockets, a bottle in the left one.
    d.box(206, 470, 62, 120, STEEL_LIGHT, 16)
    d.box(216, 448, 42, 34, INK, 8)
    d.fill("M196 560C220 552 260 552 280 560V760C250 766 214 762 200 740z", d.dark)
    d.fill("M604 560C580 552 540 552 520 560V760C550 766 586 762 600 740z", d.dark)
    d.line("M198 566C220 558 260 558 280 566M602 566C580 558 540 558 520 566", d.deep, 8)


def _backpack_lid(d: Drawing) -> None:
    # Lid.
    d.fill(
        "M244 330C240 250 270 200 330 192C380 186 430 186 470 192C530 200 560 250 556 330C556 356 530 366 500 366H300C270 366 244 356 244 330z",
        d.light,
    )
    d.fill("M244 330C244 356 270 366 300 366H500C530 366 556 356 556 330C500 344 300 344 244 330z", d.dark)
    d.line("M290 262C340 244 460 244 510 262", d.deep, 5)
    d.box(500, 254, 10, 36, STEEL_LIGHT, 4)
    for x in (330, 470):
        d.line(f"M{x} 350V452", INK, 14)
        _buckle(d, x, 420)


def backpack(d: Drawing) -> None:
    """A walking pack with lid, front pocket, side pockets and hip belt."""
    d.shadow(400, 300, 826)
    d.line("M356 196C356 150 444 150 444 196", d.deep, 16)
    _shoulder_straps(d, 250, 700, 30)
    d.fill(
        "M250 690C180 690 130 720 112 762C110 790 130 798 150 790C190 770 230 764 270 770zM550 690C620 690 670 720 688 762C690 790 670 798 650 790C610 770 570 764 530 770z",
        d.deep,
    )
    _side_pockets(d)
    # Body.
    d.fill(
        "M262 330C270 290 530 290 538 330C560 480 562 660 548 780C500 816 300 816 252 780C238 660 240 480 262 330z",
        d.base,
    )
    d.fill(
        "M500 304C522 310 536 320 538 330C560 480 562 660 548 780C530 794 506 802 480 806C520 640 520 460 500 304z",
        d.dark,
    )
    d.fill(
        "M296 470C340 456 460 456 504 470C516 560 516 660 506 742C460 762 340 762 294 742C284 660 284 560 296 470z",
        d.dark,
    )
    d.line("M296 476C340 462 460 462 504 476", d.deep, 10)
    d.line("M310 500C350 488 450 488 490 500", STEEL_LIGHT, 4, "6 5")
    d.fill("M320 530C340 524 370 524 384 526C380 600 372 660 340 700C322 650 316 590 320 530z", d.light, 0.4)
    _backpack_lid(d)
    d.line("M252 610H196M548 610H604", INK, 9)
    d.blaze(386, 282, 1.6)


def _rolled_mat(d: Drawing) -> None:
    # The mat, rolled up and strapped on below.
    d.box(186, 720, 428, 116, SUN, 58)
    d.oval(212, 778, 30, 56, "#b98518")
    d.line("M212 742C190 760 190 800 212 812C230 800 228 770 214 770", "#8a6413", 6)
    d.line("M230 746H590", "#f0c563", 8)
    d.line("M310 716C300 750 300 806 310 838M500 716C490 750 490 806 500 838", INK, 15)


def _trekking_pack_lid(d: Drawing) -> None:
    d.line("M280 360L400 430L520 360M280 470L400 540L520 470", INK, 8)
    for x, y in ((280, 360), (520, 360), (280, 470), (520, 470)):
        d.oval(x, y, 11, 11, RUBBER)
    d.fill(
        "M236 256C230 180 264 128 326 120C380 114 420 114 474 120C536 128 570 180 564 256C562 280 540 292 510 292H290C260 292 238 280 236 256z",
        d.light,
    )
    d.fill("M236 256C238 280 260 292 290 292H510C540 292 562 280 564 256C500 272 300 272 236 256z", d.dark)
    d.line("M284 188C340 170 460 170 516 188", d.deep, 5)
    for x in (318, 482):
        d.line(f"M{x} 276V350", INK, 14)
        _buckle(d, x, 330)


def trekking_pack(d: Drawing) -> None:
    """Tall, for several days: lid, a rolled mat below, compression straps."""
    d.shadow(400, 310, 850)
    d.line("M360 120C360 78 440 78 440 120", d.deep, 15)
    _shoulder_straps(d, 190, 650, 40)
    d.fill(
        "M256 600C180 604 120 636 100 690C98 716 118 724 138 714C180 690 230 684 280 690zM544 600C620 604 680 636 700 690C702 716 682 724 662 714C620 690 570 684 520 690z",
        d.deep,
    )
    d.fill(
        "M206 450C226 440 256 440 276 450V690C250 696 216 690 204 670zM594 450C574 440 544 440 524 450V690C550 696 584 690 596 670z",
        d.dark,
    )
    d.fill(
        "M258 270C266 226 534 226 542 270C564 420 566 580 550 706C500 740 300 740 250 706C234 580 236 420 258 270z",
        d.base,
    )
    d.fill(
        "M500 240C526 246 540 256 542 270C564 420 566 580 550 706C530 720 506 728 480 732C520 580 520 400 500 240z",
        d.dark,
    )
    d.fill(
        "M270 540C320 520 480 520 530 540C540 600 538 660 532 704C480 726 320 726 268 704C262 660 260 600 270 540z",
        d.dark,
    )
    d.line("M272 544C320 524 480 524 528 544", STEEL_LIGHT, 5, "6 5")
    _trekking_pack_lid(d)
    _rolled_mat(d)
    d.blaze(386, 196, 1.6)


def _hut_pack_straps(d: Drawing) -> None:
    d.line("M320 420V600M480 420V600", "#8a5a32", 24)
    for x in (320, 480):
        d.box(x - 20, 536, 40, 34, STEEL_LIGHT, 6)
        d.box(x - 11, 545, 22, 16, "#8a5a32", 3)
    d.stitch("M246 360C256 450 280 490 300 502C360 526 440 526 500 502C520 490 544 450 554 360", d.deep)


def hut_pack(d: Drawing) -> None:
    """A simple pack with a flap, two straps and leather tabs."""
    d.shadow(400, 290, 826)
    d.line("M350 250C350 196 450 196 450 250", d.deep, 15)
    _shoulder_straps(d, 290, 720, 20)
    d.fill(
        "M240 350C246 290 290 262 340 258H460C510 262 554 290 560 350C586 500 588 680 570 780C520 816 280 816 230 780C212 680 214 500 240 350z",
        d.base,
    )
    d.fill(
        "M500 268C536 284 556 312 560 350C586 500 588 680 570 780C550 794 520 804 486 808C530 640 536 440 500 268z",
        d.dark,
    )
    d.fill(
        "M262 590C262 570 370 570 372 590V740C340 756 290 752 262 736zM538 590C538 570 430 570 428 590V740C460 756 510 752 538 736z",
        d.dark,
    )
    d.fill("M258 570H376V622L317 640L258 622zM542 570H424V622L483 640L542 622z", d.deep)
    d.fill(
        "M226 350C232 280 290 244 346 240H454C510 244 568 280 574 350C580 420 560 480 520 520C460 550 340 550 280 520C240 480 220 420 226 350z",
        d.light,
    )
    d.fill(
        "M280 520C340 550 460 550 520 520C560 480 580 420 574 350C560 430 520 470 470 490C420 506 340 510 280 520z",
        d.dark,
        0.7,
    )
    _hut_pack_straps(d)
    d.blaze(382, 320, 2)


def _daypack_front(d: Drawing) -> None:
    d.line("M266 520C262 400 300 320 400 318C500 320 538 400 534 520", d.deep, 12)
    d.line("M266 520C262 400 300 320 400 318C500 320 538 400 534 520", STEEL_DARK, 4, "6 5")
    d.box(258, 506, 15, 46, STEEL_LIGHT, 6)
    d.fill(
        "M284 600C320 580 480 580 516 600C524 660 520 720 512 764C470 786 330 786 288 764C280 720 276 660 284 600z",
        d.dark,
    )
    d.line("M290 604C330 588 470 588 510 604", STEEL_LIGHT, 4, "6 5")
    d.line("M310 420L490 480L310 540L490 590M490 420L310 480L490 540L310 590", CREAM, 6)
    for y in (420, 480, 540):
        d.oval(310, y, 9, 9, INK)
        d.oval(490, y, 9, 9, INK)


def daypack(d: Drawing) -> None:
    """Small, with a curved zip and a cord for a jacket."""
    d.shadow(400, 270, 820)
    d.line("M356 290C356 238 444 238 444 290", d.deep, 15)
    _shoulder_straps(d, 320, 720, 16)
    d.fill(
        "M224 610C244 600 270 600 286 612V770C256 772 230 760 226 740zM576 610C556 600 530 600 514 612V770C544 772 570 760 574 740z",
        d.deep,
    )
    d.fill(
        "M400 280C500 280 546 330 556 430C566 550 566 690 552 780C500 816 300 816 248 780C234 690 234 550 244 430C254 330 300 280 400 280z",
        d.base,
    )
    d.fill(
        "M470 290C526 306 548 356 556 430C566 550 566 690 552 780C530 796 500 804 470 808C520 640 530 420 470 290z",
        d.dark,
    )
    _daypack_front(d)
    d.blaze(386, 356, 1.6)
    d.fill("M310 640C330 630 360 630 376 632C372 680 360 720 336 744C316 714 308 680 310 640z", d.light, 0.4)


def roll_top(d: Drawing) -> None:
    """A waterproof sack, rolled and clipped at the top."""
    d.shadow(400, 240, 826)
    d.fill("M264 380H536C560 480 560 690 544 786C500 818 300 818 256 786C240 690 240 480 264 380z", d.base)
    d.fill("M470 380H536C560 480 560 690 544 786C526 800 500 806 470 810C510 680 510 500 470 380z", d.dark)
    d.fill("M300 470C316 464 340 464 352 470C348 560 340 650 320 720C300 650 294 560 300 470z", d.light, 0.55)
    d.fill("M256 786C300 818 500 818 544 786L548 740C500 770 300 770 252 740z", d.deep)
    d.box(256, 310, 288, 84, d.dark, 34)
    d.line("M276 340H524M276 366H524", d.deep, 6)
    d.line("M276 326H500", d.light, 6)
    # The ends of the roll come together in a loop above it.
    d.line("M268 346C220 300 250 210 350 204M532 346C580 300 550 210 450 204", INK, 18)
    _buckle(d, 400, 204)
    d.box(340, 190, 32, 28, INK, 6)
    d.box(428, 190, 32, 28, INK, 6)
    d.line("M300 404C280 430 262 440 256 452M500 404C520 430 538 440 544 452", d.deep, 5)
    d.line("M544 520C600 560 610 680 548 730", INK, 12)
    d.line("M280 620H520", CREAM, 5, "2 12")
    d.blaze(380, 500, 2.4)


def _open_belt(d: Drawing) -> None:
    d.line(
        "M250 560C120 520 70 640 90 740C110 806 250 820 330 806M550 560C680 520 730 640 710 740C690 806 550 820 470 806",
        d.deep,
        34,
    )
    d.line(
        "M250 560C120 520 70 640 90 740C110 806 250 820 330 806M550 560C680 520 730 640 710 740C690 806 550 820 470 806",
        INK,
        6,
        "3 9",
    )
    _buckle(d, 352, 806)
    d.box(430, 788, 44, 38, INK, 7)


def hip_pack(d: Drawing) -> None:
    """A bag worn round the waist, its belt lying open."""
    d.shadow(400, 350, 820)
    _open_belt(d)
    d.fill(
        "M186 520C190 470 240 446 300 442H500C560 446 610 470 614 520C622 590 610 660 570 700C500 732 300 732 230 700C190 660 178 590 186 520z",
        d.base,
    )
    d.fill(
        "M560 452C594 466 612 490 614 520C622 590 610 660 570 700C550 710 520 716 490 720C570 650 590 540 560 452z",
        d.dark,
    )
    d.line("M206 512C300 490 500 490 594 512", d.deep, 11)
    d.line("M206 512C300 490 500 490 594 512", STEEL_DARK, 4, "6 5")
    d.box(582, 504, 16, 44, STEEL_LIGHT, 6)
    d.fill(
        "M250 570C300 556 500 556 550 570C552 620 544 660 524 684C470 702 330 702 276 684C256 660 248 620 250 570z",
        d.dark,
    )
    d.line("M256 574C310 562 490 562 544 574", STEEL_LIGHT, 4, "6 5")
    d.fill("M230 470C280 460 360 458 420 460C360 470 290 476 236 490C226 484 224 476 230 470z", d.light, 0.7)
    d.line("M300 442C330 426 360 430 380 442", BLAZE, 9)
    d.blaze(384, 612, 1.6)
