"""Tents and what one sleeps on."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import CREAM, INK, PAPER, STEEL_DARK, STEEL_LIGHT, SUN, WOOD, Drawing, mix

LINING = "#e8c98a"


def _peg(d: Drawing, x: int, y: int, rope_x: int, rope_y: int) -> None:
    d.line(f"M{rope_x} {rope_y}L{x} {y}", PAPER, 4)
    d.line(f"M{x - 5} {y - 8}L{x + 9} {y + 22}", INK, 8)


def dome_tent(d: Drawing) -> None:
    """Two crossed poles, a door on the left side, a flysheet with a window."""
    d.shadow(400, 380, 800, 44)
    _peg(d, 54, 800, 190, 560)
    _peg(d, 752, 790, 620, 560)
    d.fill("M96 790C150 560 260 380 400 366C540 380 650 560 704 780C560 812 260 818 96 790z", d.base)
    d.fill("M400 366C540 380 650 560 704 780C640 796 560 804 480 808C520 640 490 460 400 366z", d.dark)
    d.fill("M400 366C300 430 240 600 220 806C176 802 130 798 96 790C150 560 260 380 400 366z", d.light)
    # The door, opened to one side, with the inner tent in it.
    d.fill("M346 470C280 560 258 690 252 808C320 812 400 812 456 810C470 690 440 560 346 470z", d.deep)
    d.fill("M346 470C300 560 290 690 292 810H252C258 690 280 560 346 470z", CREAM)
    d.fill("M346 470C440 560 470 690 456 810L492 808C510 660 460 540 346 470z", mix(d.light, CREAM, 0.3))
    d.line("M346 470C280 560 258 690 252 806", d.dark, 5)
    d.line("M400 366C300 430 240 600 220 806M400 366C490 460 520 640 480 808", d.deep, 9)
    d.line("M96 790C150 560 260 380 400 366C540 380 650 560 704 780", d.deep, 7)
    d.fill(
        "M560 600C590 590 616 596 630 616C640 650 640 670 636 690C606 690 580 690 566 686C556 660 554 630 560 600z",
        d.deep,
    )
    d.fill(
        "M572 612C590 606 606 610 616 622C622 648 622 660 620 674C602 674 590 674 580 672C572 650 570 630 572 612z",
        PAPER,
        0.7,
    )
    d.oval(400, 366, 16, 10, INK)
    d.line("M96 790C260 818 560 812 704 780", d.deep, 8)
    d.blaze(540, 500, 1.5)


def tunnel_tent(d: Drawing) -> None:
    """Three hoops, low at the foot, a large porch on the left."""
    d.shadow(410, 390, 800, 44)
    _peg(d, 30, 802, 120, 600)
    _peg(d, 778, 780, 700, 680)
    d.fill("M84 800C90 560 150 440 250 430C420 420 620 500 726 770C560 800 300 812 84 800z", d.base)
    d.fill("M300 432C440 436 620 500 726 770C640 786 540 796 450 802C500 640 420 480 300 432z", d.dark, 0.6)
    d.fill("M84 800C90 560 150 440 250 430C330 460 390 600 380 806C270 808 170 806 84 800z", d.light)
    d.fill("M130 802C136 620 176 520 240 500C300 540 336 660 332 808C260 808 190 806 130 802z", d.deep)
    d.fill("M240 500C300 540 336 660 332 808H268C276 660 270 560 240 500z", CREAM)
    d.fill("M130 802C136 620 176 520 240 500C196 580 180 700 178 805z", d.base)
    for path in (
        "M84 800C90 560 150 440 250 430",
        "M380 806C390 600 330 460 250 430",
        "M560 794C560 650 520 540 440 462",
    ):
        d.line(path, d.deep, 9)
    d.line("M700 774C690 700 640 610 570 540", d.deep, 7)
    d.fill("M430 560C470 556 496 580 506 620C480 630 456 630 436 624z", PAPER, 0.7)
    d.line("M84 800C300 812 560 800 726 770", d.deep, 8)
    d.blaze(424, 480, 1.4)


def ridge_tent(d: Drawing) -> None:
    """For one: two walls from a ridge, a pole at the front, guy lines."""
    d.shadow(400, 380, 800, 44)
    _peg(d, 60, 830, 330, 360)
    _peg(d, 770, 770, 610, 470)
    d.fill("M330 360L610 470L728 760L470 812z", d.dark)
    d.fill("M610 470L728 760L690 768z", d.deep)
    d.fill("M330 360L120 800L470 812z", d.light)
    d.fill("M330 360L214 806L420 811z", d.deep)
    d.fill("M330 360L214 806L120 800z", d.base)
    d.fill("M330 360L420 811L470 812z", d.base)
    d.fill("M214 806C250 700 300 600 330 360C326 560 310 720 290 808z", CREAM)
    d.line("M330 352V808", WOOD, 9)
    d.line("M330 360L470 812M330 360L120 800", d.deep, 6)
    d.line("M330 360L610 470", d.deep, 9)
    d.line("M470 812L728 760", d.deep, 8)
    d.line("M450 460L590 786M400 440L520 800", d.deep, 4, opacity=0.5)
    d.line("M420 400L560 456", d.light, 6, opacity=0.7)
    d.blaze(540, 540, 1.5)


def tarp(d: Drawing) -> None:
    """A sheet pitched over two poles, open on all sides."""
    d.shadow(400, 360, 810, 50)
    d.line("M250 420V822M610 400V790", WOOD, 13)
    d.line("M250 428L100 840M610 410L716 830", PAPER, 4)
    d.line("M92 830l14 22M708 820l14 22", INK, 8)
    d.fill("M250 420L610 400L720 560L612 600L420 640L150 660z", d.deep)
    d.fill(
        "M250 420C370 452 500 440 610 400C560 500 520 590 500 690C360 660 200 680 90 700C150 600 210 510 250 420z",
        d.base,
    )
    d.fill(
        "M610 400C560 500 520 590 500 690C450 678 400 674 350 676C420 590 460 520 480 434C530 430 574 416 610 400z",
        d.dark,
        0.6,
    )
    d.line("M250 420C370 452 500 440 610 400", d.deep, 8)
    d.fill("M250 420L212 494C260 490 280 460 296 430z", d.deep, 0.5)
    d.line("M90 700C200 680 360 660 500 690", d.light, 7)
    d.line("M90 700L44 800M500 690L470 838M720 560L762 790", PAPER, 4)
    d.line("M38 792l14 22M464 830l14 22M756 780l14 22", INK, 8)
    d.line("M330 440C290 530 250 600 210 684", d.deep, 4, opacity=0.5)
    d.blaze(300, 520, 1.6)


def pegs(d: Drawing) -> None:
    """Four tent pegs with hooked heads and pull cords, standing in the ground."""
    d.shadow(410, 310, 838, 26)
    for x, lean in ((170, -7), (320, -2), (470, 3), (620, 8)):
        with d.turned(lean, x, 840):
            d.fill(f"M{x - 22} 284H{x + 22}L{x + 15} 760L{x} 840L{x - 15} 760z", d.dark)
            d.fill(f"M{x - 6} 284H{x + 22}L{x + 15} 760L{x} 840z", d.base)
            d.fill(f"M{x + 4} 320H{x + 12}L{x + 6} 740H{x + 3}z", d.light)
            d.fill(
                f"M{x - 48} 262C{x - 48} 240 {x + 48} 240 {x + 48} 262V286C{x + 48} 300 {x + 30} 300 {x + 30} 288H{x - 30}"
                f"C{x - 30} 300 {x - 48} 300 {x - 48} 286z",
                d.light,
            )
            d.fill(
                f"M{x - 48} 276H{x + 48}V286C{x + 48} 300 {x + 30} 300 {x + 30} 288H{x - 30}C{x - 30} 300 {x - 48} 300 {x - 48} 286z",
                d.dark,
            )
            d.oval(x, 352, 10, 10, d.deep)
            d.line(f"M{x} 352C{x + 40} 380 {x + 66} 460 {x + 40} 500C{x + 14} 530 {x - 6} 460 {x} 356", SUN, 9)


def sleeping_bag(d: Drawing) -> None:
    """A mummy bag standing upright, its hood at the top, half unzipped."""
    d.shadow(400, 230, 850)
    d.fill(
        "M400 120C500 120 556 190 566 290C590 420 560 620 516 800C490 850 310 850 284 800C240 620 210 420 234 290C244 190 300 120 400 120z",
        d.base,
    )
    d.fill(
        "M500 150C546 184 562 240 566 290C590 420 560 620 516 800C504 824 470 836 430 838C520 620 540 360 500 150z",
        d.dark,
    )
    for y, half in ((400, 176), (476, 172), (552, 160), (628, 146), (704, 130), (776, 114)):
        d.line(f"M{400 - half} {y}C{400 - half / 2:g} {y + 26} {400 + half / 2:g} {y + 26} {400 + half} {y}", d.deep, 5)
        d.line(f"M{420 - half} {y + 22}C{430 - half / 2:g} {y + 42} 370 {y + 44} 390 {y + 44}", d.light, 8, opacity=0.5)
    # The opening of the hood and the lining.
    d.fill(
        "M400 158C470 158 508 206 506 262C502 320 450 352 400 352C350 352 298 320 294 262C292 206 330 158 400 158z",
        d.deep,
    )
    d.fill(
        "M400 186C450 186 480 220 478 262C474 306 440 332 400 332C360 332 326 306 322 262C320 220 350 186 400 186z",
        mix(d.light, LINING, 0.6),
    )
    d.line("M322 262C350 300 450 300 478 262", d.deep, 5, opacity=0.5)
    d.line("M400 352C392 344 384 372 372 392M400 352C410 350 416 372 428 392", CREAM, 6)
    d.line("M500 330C540 400 540 500 520 600", d.deep, 11)
    d.line("M500 330C540 400 540 500 520 600", STEEL_LIGHT, 4, "6 5")
    d.box(512, 590, 16, 40, STEEL_LIGHT, 6)
    d.blaze(384, 670, 1.8)


def blanket_bag(d: Drawing) -> None:
    """A rectangular bag for warm nights, one corner turned back."""
    d.shadow(400, 270, 850)
    d.box(206, 150, 388, 686, d.base, 44)
    d.fill("M500 150H550C580 150 594 170 594 194V792C594 820 576 836 550 836H470C520 620 530 380 500 150z", d.dark)
    for y in range(240, 800, 82):
        d.line(f"M208 {y}C300 {y + 18} 500 {y + 18} 592 {y}", d.deep, 5)
        d.line(f"M226 {y + 20}C290 {y + 34} 340 {y + 36} 380 {y + 36}", d.light, 8, opacity=0.5)
    d.line("M300 156V830M400 156V830M500 156V830", d.deep, 3, opacity=0.4)
    d.fill("M594 430C500 400 400 300 380 150H550C580 150 594 170 594 194z", LINING)
    d.fill("M594 430C500 400 400 300 380 150C420 270 500 340 594 352z", "#c9a665")
    d.line("M594 430C500 400 400 300 380 150", d.deep, 7)
    d.line("M594 430V800", STEEL_LIGHT, 6, "6 6")
    d.box(584, 430, 18, 42, STEEL_LIGHT, 6)
    d.blaze(256, 720, 1.8)


def air_mat(d: Drawing) -> None:
    """Standing on end: welded chambers, a valve at the foot."""
    d.shadow(400, 240, 850)
    d.fill(
        "M250 156C300 130 500 130 550 156C576 200 578 760 560 820C500 850 300 850 240 820C222 760 224 200 250 156z",
        d.dark,
    )
    d.fill(
        "M254 150C300 126 500 126 546 150C566 200 566 760 548 812C500 838 300 838 252 812C234 760 234 200 254 150z",
        d.base,
    )
    for y in range(206, 800, 58):
        d.fill(
            f"M242 {y}C320 {y + 20} 480 {y + 20} 558 {y}L558 {y + 11}C480 {y + 33} 320 {y + 33} 242 {y + 11}z",
            d.deep,
            0.75,
        )
        d.line(f"M262 {y + 32}C330 {y + 46} 400 {y + 48} 450 {y + 46}", d.light, 11, opacity=0.7)
    d.oval(504, 792, 20, 16, INK)
    d.oval(504, 788, 12, 9, STEEL_DARK)
    d.blaze(384, 158, 1.4)


def foam_mat(d: Drawing) -> None:
    """Rolled up, standing, held by two straps."""
    d.shadow(400, 210, 836)
    d.fill("M246 300C246 250 554 250 554 300V776C554 830 246 830 246 776z", d.base)
    d.fill("M470 262C520 270 554 282 554 300V776C554 800 520 812 470 816z", d.dark)
    d.fill("M284 300C300 310 320 314 336 316V800C316 796 296 790 284 784z", d.light, 0.5)
    d.oval(400, 300, 154, 46, d.light)
    d.line(
        "M260 300C260 268 520 258 530 300C530 336 300 340 296 304C296 280 480 276 486 302C484 322 350 326 346 306C346 294 430 290 440 302C436 312 400 312 392 306",
        d.deep,
        8,
    )
    for y in (410, 690):
        d.fill(f"M246 {y}C246 {y + 50} 554 {y + 50} 554 {y}V{y + 34}C554 {y + 84} 246 {y + 84} 246 {y + 34}z", INK)
        d.box(376, y + 26, 48, 56, STEEL_DARK, 8)
        d.box(388, y + 40, 24, 28, INK, 4)
    d.line(
        "".join(f"M{x} 560q14 10 28 0" for x in (280, 340, 400, 460))
        + "".join(f"M{x} 610q14 10 28 0" for x in (310, 370, 430, 490)),
        d.deep,
        5,
        opacity=0.6,
    )


def pillow(d: Drawing) -> None:
    """Soft, with piped edges, its stuff sack at its side."""
    d.shadow(400, 340, 812)
    d.fill(
        "M130 520C110 480 150 450 190 466C320 440 480 440 610 466C650 450 690 480 670 520C690 600 690 680 670 748C690 790 650 816 610 800C480 824 320 824 190 800C150 816 110 790 130 748C110 680 110 600 130 520z",
        d.base,
    )
    d.fill(
        "M610 466C650 450 690 480 670 520C690 600 690 680 670 748C690 790 650 816 610 800C560 810 500 814 450 816C590 740 640 600 610 466z",
        d.dark,
    )
    d.line(
        "M130 520C110 480 150 450 190 466C320 440 480 440 610 466C650 450 690 480 670 520C690 600 690 680 670 748C690 790 650 816 610 800C480 824 320 824 190 800C150 816 110 790 130 748C110 680 110 600 130 520z",
        d.deep,
        8,
    )
    d.line(
        "M170 506C200 520 220 540 232 566M630 506C600 520 580 540 568 566M172 760C200 746 220 730 232 706M628 760C600 746 580 730 568 706",
        d.deep,
        6,
    )
    d.fill("M220 580C280 520 400 500 480 520C400 540 300 580 250 650C230 630 216 606 220 580z", d.light, 0.6)
    d.blaze(586, 700, 1.6)
