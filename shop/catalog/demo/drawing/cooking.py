"""Stove, pots and what one drinks from."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import (
    BLAZE,
    CREAM,
    INK,
    PAPER,
    RUBBER,
    STEEL,
    STEEL_DARK,
    STEEL_LIGHT,
    SUN,
    Drawing,
)


def stove(d: Drawing) -> None:
    """A burner on a gas cartridge, lit."""
    d.shadow(400, 250, 846)
    d.fill("M226 640C226 600 574 600 574 640V800C574 850 226 850 226 800z", d.base)
    d.fill("M480 612C540 618 574 628 574 640V800C574 826 540 836 480 838z", d.dark)
    d.fill("M262 650C280 660 300 664 316 666V826C296 822 276 816 262 808z", d.light, 0.6)
    d.oval(400, 640, 174, 36, STEEL_LIGHT)
    d.oval(400, 634, 120, 24, STEEL)
    d.fill("M226 770C260 800 540 800 574 770V800C574 850 226 850 226 800z", d.deep)
    d.blaze(380, 690, 2.2)
    d.box(366, 560, 68, 76, STEEL_DARK, 8)
    d.line("M434 600H520C556 600 560 640 590 640", STEEL_DARK, 9)
    d.line("M580 616L612 664M612 616L580 664", INK, 9)
    d.box(384, 480, 32, 90, STEEL, 6)
    d.fill("M320 470H480L456 500H344z", STEEL_DARK)
    d.box(330, 446, 140, 28, INK, 8)
    # Pot supports.
    d.line("M330 486L212 440L200 384M470 486L588 440L600 384", STEEL_DARK, 13)
    d.line("M200 384L270 392M600 384L530 392", STEEL_DARK, 11)
    # Flames.
    for x, high in ((346, 84), (382, 118), (418, 118), (454, 84)):
        d.fill(
            f"M{x - 18} 446C{x - 24} {446 - high * 0.5:g} {x} {446 - high * 0.6:g} {x} {446 - high}C{x + 6} {446 - high * 0.6:g} {x + 24} {446 - high * 0.5:g} {x + 18} 446z",
            "#5a93b8",
            0.85,
        )
        d.fill(
            f"M{x - 9} 446C{x - 10} {446 - high * 0.35:g} {x} {446 - high * 0.4:g} {x} {446 - high * 0.62:g}C{x + 3} {446 - high * 0.4:g} {x + 10} {446 - high * 0.35:g} {x + 9} 446z",
            SUN,
        )


def pot(d: Drawing) -> None:
    """With a lid and a folding handle."""
    d.shadow(390, 300, 836)
    d.line("M560 560H690C730 560 730 620 690 620H566", d.deep, 22)
    d.line("M600 560H686C716 562 716 616 686 620H606", BLAZE, 12)
    d.fill("M186 470H586V760C586 820 540 832 480 832H292C232 832 186 820 186 760z", STEEL)
    d.fill("M480 470H586V760C586 820 540 832 480 832H440C500 720 510 600 480 470z", STEEL_DARK)
    d.fill("M226 500H280V770C280 792 270 800 256 790C236 776 226 760 226 740z", STEEL_LIGHT)
    d.line("M186 540H220M186 600H214M186 660H220M186 720H214", STEEL_DARK, 4)
    d.fill("M168 452C168 436 604 436 604 452V476C604 490 168 490 168 476z", d.dark)
    d.fill("M186 440C200 392 300 372 386 372C472 372 572 392 586 440C560 456 212 456 186 440z", d.base)
    d.fill("M470 380C530 392 578 412 586 440C570 450 520 452 470 453C500 430 500 400 470 380z", d.dark)
    d.fill("M240 420C270 396 320 386 360 386C320 400 280 420 260 440C246 438 238 430 240 420z", d.light)
    d.box(340, 336, 92, 40, RUBBER, 16)
    d.box(366, 362, 40, 16, INK, 4)


def pan(d: Drawing) -> None:
    """Seen from above at a slant, its handle folded out."""
    d.shadow(360, 330, 812, 44)
    d.line("M560 640L752 520", INK, 46)
    d.line("M560 640L752 520", d.dark, 30)
    d.line("M640 590L736 530", d.light, 6, opacity=0.7)
    d.oval(736, 530, 9, 8, INK)
    d.fill("M40 640C40 760 160 812 330 812C500 812 620 760 620 640z", RUBBER)
    d.oval(330, 640, 290, 130, STEEL_DARK)
    d.oval(330, 644, 268, 114, INK)
    d.oval(330, 664, 220, 84, "#3c4340")
    d.fill("M130 650C150 600 230 566 320 562C250 590 190 620 170 680C146 676 130 664 130 650z", "#5b635f", 0.7)
    # An egg tells what it is for.
    d.fill(
        "M300 640C340 610 420 616 450 650C470 690 420 720 370 716C330 724 270 716 262 688C254 664 276 652 300 640z",
        PAPER,
    )
    d.oval(362, 668, 42, 28, SUN)
    d.oval(350, 660, 14, 8, "#f3cf6c")


def mug(d: Drawing) -> None:
    """Enamel, with a rim in another colour."""
    d.shadow(400, 280, 836)
    d.line("M560 520C680 500 690 700 556 716", d.dark, 40)
    d.line("M562 524C664 508 672 690 560 708", d.base, 26)
    d.fill("M200 430H580L560 780C556 836 224 836 220 780z", d.base)
    d.fill("M470 430H580L560 780C558 814 510 826 450 830C500 700 510 560 470 430z", d.dark)
    d.fill("M232 470H280L286 770C266 764 250 756 246 744z", d.light, 0.6)
    d.oval(390, 430, 190, 44, INK)
    d.oval(390, 434, 176, 36, CREAM)
    d.fill("M222 444C280 420 500 420 558 444C520 478 260 478 222 444z", "#6b4a2e")
    for x, y in (
        (300, 560),
        (420, 520),
        (350, 640),
        (480, 620),
        (310, 720),
        (440, 740),
        (530, 560),
        (400, 790),
        (500, 690),
    ):
        d.oval(x, y, 5, 4, CREAM, 0.75)
    d.fill("M300 716L350 630L384 680L424 600L490 716z", CREAM)
    d.fill("M424 600L400 648L420 640L436 656L448 642z", BLAZE)
    d.line("M340 370C320 340 360 320 340 286M420 370C400 340 440 320 420 286", PAPER, 9, opacity=0.8)


def bottle(d: Drawing) -> None:
    """A steel bottle with a loop on its cap."""
    d.shadow(400, 190, 846)
    d.line("M340 190C340 100 460 100 460 190", INK, 20)
    d.box(330, 180, 140, 84, RUBBER, 12)
    d.line("M350 196V248M375 196V248M400 196V248M425 196V248M450 196V248", "#4b524e", 5)
    d.fill(
        "M344 264H456V300C480 330 540 350 540 420V790C540 838 500 846 460 846H340C300 846 260 838 260 790V420C260 350 320 330 344 300z",
        d.base,
    )
    d.fill("M430 264H456V300C480 330 540 350 540 420V790C540 838 500 846 460 846H430C480 700 480 460 430 264z", d.dark)
    d.fill("M296 420C300 390 320 372 336 370V800C310 796 296 790 296 770z", d.light, 0.7)
    d.box(344, 264, 112, 20, STEEL, 3)
    d.fill("M260 780V790C260 838 300 846 340 846H460C500 846 540 838 540 790V780C480 800 320 800 260 780z", STEEL_DARK)
    d.blaze(376, 500, 3)


def flask(d: Drawing) -> None:
    """A vacuum flask with its cup, steam rising from a second one."""
    d.shadow(420, 280, 846)
    d.box(300, 190, 160, 150, STEEL_LIGHT, 18)
    d.box(400, 190, 60, 150, STEEL, 18)
    d.line("M306 226H454M306 300H454", STEEL_DARK, 5)
    d.box(290, 336, 180, 30, INK, 6)
    d.fill(
        "M286 366H474C500 380 506 400 506 430V790C506 836 480 846 440 846H320C280 846 254 836 254 790V430C254 400 260 380 286 366z",
        d.base,
    )
    d.fill("M430 366H474C500 380 506 400 506 430V790C506 836 480 846 440 846H410C460 700 460 520 430 366z", d.dark)
    d.fill("M290 440C296 420 306 410 320 408V800C300 796 290 786 290 770z", d.light, 0.7)
    d.line("M254 470H506M254 770H506", d.deep, 9)
    d.blaze(360, 570, 2.6)
    d.fill("M536 720H690L676 826C672 848 556 848 552 826z", STEEL)
    d.fill("M640 720H690L676 826C672 842 640 846 620 846C650 800 650 760 640 720z", STEEL_DARK)
    d.oval(613, 720, 77, 20, STEEL_DARK)
    d.oval(613, 722, 64, 14, "#8a5a32")
    d.line("M590 680C576 650 610 640 594 610M634 680C620 650 654 640 638 610", PAPER, 8, opacity=0.8)


def spork(d: Drawing) -> None:
    """Spoon and fork in one, and a knife, leaning together."""
    d.shadow(400, 240, 846)
    with d.turned(-14, 400, 846):
        d.fill("M384 480H416L424 800C424 850 376 850 376 800z", d.base)
        d.fill("M404 480H416L424 800C424 836 408 848 400 838z", d.dark)
        d.fill(
            "M400 500C360 490 326 430 326 350C326 290 334 240 344 180L362 300H376L384 170H416L424 300H438L456 180C466 240 474 290 474 350C474 430 440 490 400 500z",
            d.base,
        )
        d.fill("M400 460C366 450 350 400 352 330H448C450 400 434 450 400 460z", d.dark)
        d.line("M342 360C344 410 360 450 384 470", d.light, 7, opacity=0.8)
        d.oval(400, 800, 10, 10, d.deep)
    with d.turned(15, 400, 846):
        d.fill("M388 480C380 360 390 240 430 160C470 260 470 400 440 480z", STEEL_LIGHT)
        d.fill("M430 160C470 260 470 400 440 480H424C444 380 446 260 430 160z", STEEL)
        d.box(380, 476, 64, 350, d.dark, 26)
        d.box(392, 490, 14, 320, d.base, 7)
        d.oval(412, 790, 10, 10, d.deep)
