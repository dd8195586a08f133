"""Finding the way, light, and what sits in the pockets."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import (
    BLAZE,
    BRASS,
    CREAM,
    FOREST,
    INK,
    PAPER,
    RUBBER,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    SUN,
    WOOD,
    WOOD_DARK,
    Drawing,
)

HOLE = "#ded8ca"


def compass(d: Drawing) -> None:
    """A base plate with a turning capsule, the needle red to the north."""
    d.shadow(400, 250, 846)
    d.line("M300 196C240 60 420 40 500 110C560 170 480 230 420 180", d.base, 12)
    with d.turned(-8, 400, 520):
        d.box(230, 170, 340, 660, "#dfe8e4", 30)
        d.box(470, 170, 100, 660, "#cbd8d3", 30)
        d.box(470, 170, 40, 660, "#cbd8d3")
        d.line("M400 196V330M382 226L400 196L418 226", BLAZE, 7)
        d.line("".join(f"M230 {y}h{34 if i % 5 == 0 else 18}" for i, y in enumerate(range(210, 800, 22))), INK, 4)
        d.line("".join(f"M{x} 830v-{30 if i % 5 == 0 else 16}" for i, x in enumerate(range(268, 550, 20))), INK, 4)
        d.oval(300, 776, 15, 15, HOLE)
        d.oval(400, 530, 160, 160, d.deep)
        d.oval(400, 530, 150, 150, d.base)
        for degrees in range(0, 360, 30):
            with d.turned(degrees, 400, 530):
                d.line("M400 386V404", PAPER, 6 if degrees % 90 else 11)
        d.oval(400, 530, 116, 116, PAPER)
        d.line("M340 448V612M370 430V630M430 430V630M460 448V612", "#c3ccc8", 4)
        with d.turned(24, 400, 530):
            d.fill("M400 424L420 530H380z", BLAZE)
            d.fill("M400 636L420 530H380z", INK)
        d.oval(400, 530, 13, 13, BRASS)
        d.line("M310 480C326 440 350 420 384 414", PAPER, 8, opacity=0.5)
        d.oval(470, 762, 34, 34, "#c4d6d0")
        d.line("M446 748C452 736 464 730 476 732", PAPER, 6)


def _panel(d: Drawing, x: int, width: int, slope: int, colour: str) -> None:
    d.fill(
        f"M{x} {300 + max(slope, 0)}L{x + width} {300 + max(-slope, 0)}V{780 + max(-slope, 0)}L{x} {780 + max(slope, 0)}z",
        colour,
    )


def folded_map(d: Drawing) -> None:
    """A map standing in its folds: contours, a lake, a marked path."""
    d.shadow(400, 340, 832)
    for x, slope, colour in ((100, -40, d.dark), (250, 40, "#e9e6cf"), (400, -40, "#d8d6bd"), (550, 40, "#e9e6cf")):
        _panel(d, x, 150, slope, colour)
    d.fill("M100 300L250 340V820L100 780z", d.base)
    d.fill("M130 352L220 376V440L130 416z", PAPER)
    d.line("M140 506L210 524M140 540L190 553", PAPER, 7)
    d.blaze(160, 600, 2.4)
    # Contours on the open panels.
    d.fill("M250 620C300 580 360 560 400 560L400 780L250 820z", "#c5d3a8")
    d.fill("M550 500C600 470 660 480 700 520V780L550 820z", "#c5d3a8")
    d.fill("M400 690C440 660 500 670 540 700L550 760C500 780 440 770 400 740z", "#9fc3cb")
    for path in (
        "M270 420C310 370 370 360 400 400",
        "M284 460C320 410 370 400 400 440",
        "M300 500C330 460 370 450 400 480",
        "M400 400C440 350 510 380 550 420",
        "M400 440C440 400 500 420 550 470",
        "M400 480C440 450 490 470 530 530",
        "M560 420C600 380 660 400 690 440",
        "M570 460C610 430 650 440 680 470",
    ):
        d.line(path, "#a98a5b", 4)
    d.line("M262 770C300 700 330 640 400 620C470 600 500 560 550 540C610 520 650 420 690 350", BLAZE, 8, "22 14")
    d.oval(690, 350, 13, 13, BLAZE)
    d.line("M250 340V820M400 300V780M550 340V820", "#8a8468", 4, opacity=0.6)
    d.line("M470 400l12-22l12 22z", FOREST, 5)


def map_case(d: Drawing) -> None:
    """A pouch with a clear window, on a neck cord."""
    d.shadow(400, 260, 846)
    d.line("M262 330C200 120 330 70 400 90C470 70 600 120 538 330", INK, 10)
    d.box(352, 76, 96, 34, RUBBER, 12)
    d.box(210, 310, 380, 530, d.base, 26)
    d.fill("M500 310H564C580 310 590 322 590 336V814C590 830 580 840 564 840H460C520 660 530 480 500 310z", d.dark)
    d.box(246, 420, 308, 380, "#e9e6cf", 10)
    d.fill("M246 640C320 590 400 620 554 560V800H246z", "#c5d3a8")
    d.fill("M420 700C470 670 520 690 554 710V790H440z", "#9fc3cb")
    d.line(
        "M262 500C330 440 420 450 470 500C500 530 540 520 552 500M270 550C340 490 410 500 450 550C480 580 530 570 552 550",
        "#a98a5b",
        4,
    )
    d.line("M270 780C320 700 380 690 420 620C450 560 500 520 530 450", BLAZE, 8, "20 12")
    d.fill("M246 420H400L270 800H246z", PAPER, 0.35)
    d.line("M246 420H554V800H246z", d.deep, 8)
    d.line("M236 364H564", INK, 13)
    d.line("M236 364H564", STEEL_DARK, 4, "5 5")
    d.box(540, 352, 34, 26, STEEL_LIGHT, 6)
    d.oval(262, 334, 13, 13, STEEL)
    d.oval(538, 334, 13, 13, STEEL)


def notebook(d: Drawing) -> None:
    """With an elastic band and a pencil."""
    d.shadow(420, 270, 846)
    with d.turned(-6, 400, 800):
        d.fill("M240 260H570L586 276V836H256L240 820z", CREAM)
        d.line("M576 284V826M568 280V822", "#c3b695", 3)
        d.box(232, 244, 332, 580, d.base, 20)
        d.fill("M232 264C232 250 240 244 252 244H290V824H252C240 824 232 816 232 804z", d.dark)
        d.line("M290 244V824", d.deep, 4)
        d.line("M508 244V824", d.deep, 17)
        d.box(336, 330, 128, 160, CREAM, 8)
        d.line("M350 452L384 384L406 420L424 396L452 452", FOREST, 8)
        d.line("M354 470H446", FOREST, 5)
        d.blaze(390, 346, 1)
    d.line("M610 300L560 800", SUN, 34)
    d.line("M616 300L566 800", "#b98518", 10)
    d.fill("M541 790L578 794L552 850z", "#e8cfa5")
    d.fill("M550 822L562 824L552 850z", INK)
    d.line("M612 286L608 320", BLAZE, 34)
    d.line("M609 320L607 336", STEEL, 34)


def headlamp(d: Drawing) -> None:
    """A lamp on an elastic head band."""
    d.shadow(400, 310, 826)
    d.line("M190 610C150 380 300 270 400 270C500 270 650 380 610 610", d.deep, 58)
    d.line("M190 610C150 380 300 270 400 270C500 270 650 380 610 610", d.dark, 40)
    d.line("M214 560C190 400 310 300 400 298", d.light, 5, "14 12", 0.7)
    d.line("M400 276V540", d.deep, 46)
    d.line("M400 276V540", d.dark, 30)
    d.fill(
        "M160 620C190 560 610 560 640 620C650 670 650 710 636 740C560 790 240 790 164 740C150 710 150 670 160 620z",
        d.base,
    )
    d.fill(
        "M540 580C600 590 634 604 640 620C650 670 650 710 636 740C600 762 550 774 500 778C560 720 570 650 540 580z",
        d.dark,
    )
    d.line("M180 640C300 600 500 600 620 640M176 726C300 770 500 770 624 726", d.deep, 5, opacity=0.7)
    d.box(270, 540, 260, 240, RUBBER, 44)
    d.box(286, 556, 228, 208, "#454c48", 36)
    d.oval(400, 656, 88, 88, INK)
    d.oval(400, 656, 76, 76, STEEL_LIGHT)
    d.oval(400, 656, 58, 58, "#fdf3cf")
    d.oval(400, 656, 26, 26, "#f4cf5e")
    d.fill("M346 630C356 604 380 590 404 592C384 606 366 626 360 652C350 650 344 640 346 630z", PAPER)
    d.box(366, 526, 68, 24, BLAZE, 10)
    d.oval(480, 736, 8, 8, "#7fb069")


def lantern(d: Drawing) -> None:
    """A camp lantern, glowing."""
    d.oval(400, 560, 330, 330, "#fff3c4", 0.45)
    d.oval(400, 560, 230, 230, "#fff3c4", 0.5)
    d.shadow(400, 220, 846)
    d.line("M260 420C230 170 570 170 540 420", STEEL_DARK, 13)
    d.box(366, 196, 68, 34, WOOD, 15)
    d.fill("M300 330C310 290 490 290 500 330L530 400H270z", d.base)
    d.fill("M440 304C470 308 496 316 500 330L530 400H460C470 360 460 330 440 304z", d.dark)
    d.box(376, 278, 48, 32, d.deep, 8)
    d.box(250, 396, 300, 34, d.deep, 12)
    d.fill("M276 430H524L510 700H290z", "#fbe7a4")
    d.fill("M440 430H524L510 700H450C476 600 470 510 440 430z", "#efcf78")
    d.fill("M400 480C440 540 448 590 436 640C426 676 374 676 364 640C352 590 360 540 400 480z", SUN)
    d.fill("M400 560C420 596 424 620 418 646C412 664 388 664 382 646C376 620 380 596 400 560z", PAPER)
    d.line("M276 430L290 700M524 430L510 700M352 430L358 700M448 430L442 700", d.deep, 9)
    d.box(264, 696, 272, 40, d.deep, 10)
    d.fill("M280 736H520L548 836H252z", d.base)
    d.fill("M450 736H520L548 836H450C470 800 470 770 450 736z", d.dark)
    d.oval(400, 788, 24, 24, d.deep)
    d.oval(400, 788, 13, 13, PAPER)


def torch(d: Drawing) -> None:
    """A hand torch, shining to the right."""
    d.shadow(330, 290, 812)
    d.fill("M520 560L800 420V860L520 720z", "#fff1b8", 0.7)
    d.fill("M520 590L800 520V780L520 690z", "#fff8dc", 0.8)
    d.fill("M96 600C86 600 80 610 80 640C80 670 86 684 96 684H400V600z", d.base)
    d.fill("M80 650C80 672 86 684 96 684H400V650z", d.dark)
    d.fill("M400 596C440 590 460 556 490 540H528V744H490C460 728 440 694 400 688z", d.base)
    d.fill("M400 650H528V744H490C460 728 440 694 400 688z", d.dark)
    d.oval(528, 642, 26, 102, STEEL_DARK)
    d.oval(534, 642, 18, 86, "#fdf3cf")
    d.line("".join(f"M{x} 606V678" for x in range(150, 300, 22)), d.deep, 7)
    d.box(326, 586, 56, 24, BLAZE, 10)
    d.line("M110 616H390M412 612C440 604 460 580 486 560", d.light, 7, opacity=0.8)
    d.line("M84 642C30 660 30 760 90 780C130 790 130 740 96 730", INK, 8)


def poles(d: Drawing) -> None:
    """A pair of trekking poles, leaning together."""
    d.shadow(400, 280, 846, 26)
    for x, degrees, tone in ((-96, -5, d.dark), (96, 5, d.base)):
        with d.moved(x, 0), d.turned(degrees, 400, 850):
            d.line("M400 330V560", tone, 24)
            d.line("M400 560V790", STEEL, 15)
            d.line("M394 340V550", d.light, 4, opacity=0.8)
            d.box(386, 548, 28, 40, INK, 8)
            d.line("M414 560H432", INK, 9)
            d.line("M400 780V842", STEEL_DARK, 9)
            d.fill("M350 780C350 766 450 766 450 780C450 800 350 800 350 780z", RUBBER)
            d.fill(
                "M376 130C376 112 424 106 432 128C440 160 424 180 424 210C430 250 420 300 416 336H384C380 290 376 240 382 210C378 180 374 160 376 130z",
                "#c9a070",
            )
            d.line("M386 220H420M386 250H420M388 280H418M388 310H416", "#8f6539", 5)
            d.fill(
                "M376 132C376 112 424 106 432 130C436 146 432 158 428 168C410 160 392 160 378 166C376 154 375 142 376 132z",
                INK,
            )
            d.line("M428 160C480 190 480 290 440 330C420 330 416 250 424 190", INK, 11)


def knife(d: Drawing) -> None:
    """A pocket knife, its blade open and a corkscrew folded."""
    d.shadow(400, 330, 800)
    with d.turned(-12, 400, 640):
        d.fill("M392 600C430 520 580 440 748 470C700 560 560 650 420 664z", STEEL_LIGHT)
        d.fill("M748 470C700 560 560 650 420 664L410 640C540 620 670 560 748 470z", STEEL)
        d.line("M470 546C540 506 610 488 660 484", STEEL_DARK, 6)
        d.fill(
            "M96 610C96 566 150 556 200 566C280 580 380 560 440 590C476 612 470 680 430 700C360 730 260 700 190 716C130 724 96 690 96 650z",
            d.base,
        )
        d.fill(
            "M96 650C96 690 130 724 190 716C260 700 360 730 430 700C460 684 470 650 464 624C380 690 200 660 96 650z",
            d.dark,
        )
        d.line("M120 600C200 590 330 600 420 596", d.light, 8, opacity=0.7)
        d.oval(424, 642, 15, 15, STEEL_LIGHT)
        d.oval(140, 640, 12, 12, STEEL_LIGHT)
        d.oval(290, 646, 10, 10, STEEL_LIGHT)
        d.line("M206 718H330C350 730 350 748 330 748H220", STEEL_DARK, 13)
        d.line("M98 640C56 620 40 690 80 700C96 704 104 690 98 672", STEEL_DARK, 9)
        d.blaze(206, 614, 1.6)


def first_aid(d: Drawing) -> None:
    """A zipped pouch with a white cross on its front."""
    d.shadow(400, 310, 836)
    d.line("M340 380C340 320 460 320 460 380", d.deep, 24)
    d.box(150, 370, 500, 450, d.base, 54)
    d.fill("M540 370H596C630 370 650 396 650 424V766C650 800 630 820 596 820H480C570 680 580 520 540 370z", d.dark)
    d.line("M150 470H650", d.deep, 15)
    d.line("M156 470H644", STEEL_DARK, 5, "7 6")
    d.box(596, 456, 20, 56, STEEL_LIGHT, 8)
    d.fill("M360 520H440V590H510V670H440V740H360V670H290V590H360z", PAPER)
    d.fill("M440 520V590H510V670H440V740H424V520z", "#e3dfd2")
    d.stitch("M176 500V780C176 790 184 796 196 796H604C616 796 624 790 624 780V500", d.light)
    d.fill("M184 410C190 396 206 390 224 390H400C330 400 250 420 200 448C186 440 182 426 184 410z", d.light, 0.6)
    d.line("M150 700C120 700 120 640 150 640M650 700C680 700 680 640 650 640", d.deep, 17)


def whistle(d: Drawing) -> None:
    """On a cord with a ring."""
    d.shadow(420, 270, 800)
    d.line("M214 560C120 480 90 300 220 220C360 150 520 220 470 330C430 410 300 350 340 280", INK, 13)
    d.line("M214 560C120 480 90 300 220 220C360 150 520 220 470 330C430 410 300 350 340 280", SUN, 5, "3 16")
    d.oval(224, 580, 32, 32, STEEL_DARK)
    d.oval(224, 580, 19, 19, "#e6e0d2")
    d.fill(
        "M246 600C246 530 310 510 370 514H700C716 514 724 526 724 540V612C724 626 716 632 702 632H520C520 730 460 780 390 780C310 780 246 720 246 640z",
        d.base,
    )
    d.fill(
        "M724 580V612C724 626 716 632 702 632H520C520 730 460 780 390 780C310 780 246 720 246 640C290 730 460 730 480 580z",
        d.dark,
    )
    d.fill("M470 514H570L520 590H470z", INK)
    d.oval(388, 640, 62, 62, d.deep)
    d.oval(388, 640, 44, 44, CREAM)
    d.blaze(376, 620, 1.5)
    d.line("M290 570C306 544 330 536 366 534H450M590 534H690", d.light, 10, opacity=0.8)
    d.line("M620 560V612M650 560V612M680 560V612", d.deep, 7)


def cord(d: Drawing) -> None:
    """A coil of cord, wrapped at its middle."""
    d.shadow(400, 270, 836)
    for i, (rx, ry) in enumerate(((190, 268), (168, 244), (146, 220), (124, 196))):
        tone = (d.base, d.dark)[i % 2]
        ring = f"M{400 - rx} 540A{rx} {ry} 0 1 0 {400 + rx} 540A{rx} {ry} 0 1 0 {400 - rx} 540"
        d.line(ring, d.deep, 26)
        d.line(ring, tone, 21)
        d.line(ring, CREAM, 5, "10 22")
    d.fill("M330 250H470V420C440 436 360 436 330 420z", d.dark)
    for y in range(262, 430, 26):
        d.line(f"M330 {y}C370 {y + 14} 430 {y + 14} 470 {y}", d.deep, 24)
        d.line(f"M330 {y}C370 {y + 14} 430 {y + 14} 470 {y}", d.light, 18)
        d.line(f"M336 {y + 2}C370 {y + 14} 430 {y + 14} 464 {y + 2}", BLAZE, 5, "10 18")
    d.line("M440 420C520 470 600 700 640 800", d.deep, 24)
    d.line("M440 420C520 470 600 700 640 800", d.base, 19)
    d.line("M634 788L644 812", INK, 21)
    d.line("M360 256C330 190 380 150 400 190C420 150 470 190 440 256", d.dark, 19)


def umbrella(d: Drawing) -> None:
    """A light walking umbrella, open."""
    d.shadow(420, 220, 856, 26)
    d.line("M400 200V800", STEEL_DARK, 11)
    d.line("M400 770C400 870 480 870 484 800", WOOD_DARK, 26)
    d.line("M400 700V780", WOOD, 26)
    d.fill(
        "M60 500C90 300 240 190 400 190C560 190 710 300 740 500C700 460 640 460 600 500C560 456 480 452 400 500C320 452 240 456 200 500C160 460 100 460 60 500z",
        d.base,
    )
    d.fill("M400 190C560 190 710 300 740 500C700 460 640 460 600 500C580 360 500 240 400 190z", d.dark)
    d.fill("M400 190C300 240 220 360 200 500C160 460 100 460 60 500C90 300 240 190 400 190z", d.light)
    d.fill("M400 190C480 260 500 360 400 500C480 452 560 456 600 500C580 360 500 240 400 190z", d.dark, 0.5)
    d.line("M400 190C300 240 220 360 200 500M400 190C500 240 580 360 600 500M400 190V500", d.deep, 5, opacity=0.7)
    d.line("M400 190V150", INK, 13)
    for x, y in ((60, 500), (200, 500), (400, 500), (600, 500), (740, 500)):
        d.oval(x, y, 8, 8, INK)
    d.blaze(300, 330, 1.8)
