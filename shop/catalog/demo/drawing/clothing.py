"""Seen from the front, as on a shop window's figure without head; symmetrical around x = 400."""

from __future__ import annotations

from shop.catalog.demo.drawing.canvas import CREAM, INK, STEEL_DARK, STEEL_LIGHT, Drawing, mix

BODY = "M318 236C290 248 262 256 240 268C234 330 240 400 242 460C240 560 232 680 226 770C300 786 500 786 574 770C568 680 560 560 558 460C560 400 566 330 560 268C538 256 510 248 482 236C440 262 360 262 318 236z"
SLEEVE = "M246 264C206 280 186 320 178 376C160 480 138 590 122 690C144 704 172 708 198 704C214 610 236 520 250 440z"


def _sleeves(d: Drawing, *, cuff: str = "", fold: bool = True) -> None:
    _sleeve(d, cuff, fold)
    with d.mirrored():
        _sleeve(d, cuff, fold)


def _sleeve(d: Drawing, cuff: str, fold: bool) -> None:
    d.fill(SLEEVE, d.dark)
    d.fill(
        "M246 264C206 280 186 320 178 376C160 480 138 590 122 690C134 698 146 702 158 704C176 590 200 480 212 400C220 340 230 300 246 264z",
        d.base,
    )
    if fold:
        d.line("M196 520C206 516 216 512 224 506M188 556C200 552 208 548 216 542", d.deep, 4, opacity=0.5)
    if cuff:
        d.fill("M128 656C150 668 180 674 206 670L198 708C172 712 142 708 120 694z", cuff)


def _zip(d: Drawing, top: int, bottom: int = 776, colour: str = "") -> None:
    d.line(f"M400 {top}V{bottom}", colour or d.deep, 10)
    d.line(f"M400 {top}V{bottom}", STEEL_DARK, 3, "5 5")
    d.box(393, top + 10, 14, 34, STEEL_LIGHT, 5)


def _hood(d: Drawing) -> None:
    # The hood, standing up behind the neck, open to the front.
    d.fill(
        "M400 92C318 92 290 150 296 214C304 262 350 292 400 292C450 292 496 262 504 214C510 150 482 92 400 92z", d.base
    )
    d.fill(
        "M400 92C450 92 490 116 502 160C506 230 470 292 400 292C440 280 468 240 464 190C460 150 436 124 400 120z",
        d.dark,
    )
    d.fill(
        "M400 124C350 124 328 158 332 204C338 246 372 284 400 296C428 284 462 246 468 204C472 158 450 124 400 124z",
        d.deep,
    )
    d.line("M330 204C336 250 372 288 400 300C428 288 464 250 470 204", d.light, 6)


def rain_jacket(d: Drawing) -> None:
    """A hooded jacket with a covered zip."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d)
    d.line("M130 664C152 674 180 680 204 676", d.deep, 5)
    with d.mirrored():
        d.line("M130 664C152 674 180 680 204 676", d.deep, 5)
    d.fill(BODY, d.base)
    d.fill(
        "M400 256H414V781C470 781 530 778 574 770C568 680 560 560 558 460C560 400 566 330 560 268C538 256 510 248 482 236C460 250 430 256 400 256z",
        d.dark,
        0.4,
    )
    _hood(d)
    d.fill("M386 292H414V780H386z", d.dark)
    d.stitch("M380 300V774", d.light)
    for y in (340, 470, 600, 730):
        d.oval(400, y, 6, 6, STEEL_LIGHT)
    d.fill("M262 560L330 544V560L262 578z", d.deep)
    with d.mirrored():
        d.fill("M262 560L330 544V560L262 578z", d.deep)
    d.line("M240 460C300 474 360 478 384 478M416 478C440 478 500 474 558 460", d.dark, 4)
    d.line("M362 300C350 340 356 362 352 384M438 300C450 340 444 362 448 384", CREAM, 5)
    d.oval(352, 390, 7, 10, INK)
    d.oval(448, 390, 7, 10, INK)
    d.line("M228 738C300 754 500 754 572 738", d.dark, 5)
    d.blaze(468, 356, 1.2)


def shell(d: Drawing) -> None:
    """A technical shell: yoke in a second tone, slanted chest pocket, hood with a peak, cuffs with tabs."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d, cuff=d.deep)
    d.fill(BODY, d.base)
    d.fill(
        "M318 236C290 248 262 256 240 268C236 320 238 360 240 398C300 380 360 372 400 372C440 372 500 380 560 398C562 360 564 320 560 268C538 256 510 248 482 236C440 262 360 262 318 236z",
        d.deep,
    )
    d.fill(
        "M400 78C312 82 284 150 294 220C306 268 350 296 400 296C450 296 494 268 506 220C516 150 488 82 400 78z", d.deep
    )
    d.fill(
        "M400 118C346 120 324 160 330 208C338 250 372 284 400 294C428 284 462 250 470 208C476 160 454 120 400 118z", INK
    )
    d.fill("M320 150C340 108 460 108 480 150C440 132 360 132 320 150z", d.base)
    d.line("M400 80V112", d.base, 6)
    _zip(d, 292, colour=INK)
    d.line("M470 420L440 520", INK, 9)
    d.line("M286 560L262 680", INK, 9)
    d.line("M514 560L538 680", INK, 9)
    d.fill("M226 770C300 786 500 786 574 770L572 736C500 752 300 752 228 736z", d.dark)
    d.line("M242 460C270 500 270 600 256 746M558 460C530 500 530 600 544 746", d.dark, 4)
    d.blaze(290, 300, 1.2)


def fleece(d: Drawing) -> None:
    """Soft, with a stand-up collar, a chest pocket and piped edges."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d, cuff=d.deep)
    d.fill(BODY, d.base)
    d.fill(
        "M318 240C314 210 318 186 326 170C360 182 440 182 474 170C482 186 486 210 482 240C440 274 360 274 318 240z",
        d.dark,
    )
    d.fill("M336 176C370 186 430 186 464 176C456 200 440 214 400 222C360 214 344 200 336 176z", d.deep)
    _zip(d, 222, colour=d.deep)
    d.fill("M444 372H528V470C500 482 470 482 444 470z", d.deep)
    d.line("M450 390H522", STEEL_LIGHT, 4, "5 5")
    d.line("M262 596C276 640 276 690 268 730M538 596C524 640 524 690 532 730", d.deep, 7)
    d.fill("M226 770C300 786 500 786 574 770L573 744C500 760 300 760 227 744z", d.deep)
    # The pile of the fabric: short strokes in rows.
    for y, start in ((330, 270), (400, 286), (470, 268), (540, 286), (610, 290), (680, 290)):
        d.line("".join(f"M{x} {y}q5-8 10 0" for x in range(start, 378, 34)), d.dark, 3, opacity=0.55)
        d.line(
            "".join(f"M{x} {y}q5-8 10 0" for x in range(424, 530, 34) if y > 480 or y < 360), d.dark, 3, opacity=0.55
        )
    d.blaze(478, 420, 1)


def down_vest(d: Drawing) -> None:
    """Quilted, without sleeves."""
    d.shadow(400, 230, 850, 30)
    d.fill(
        "M318 232C296 244 272 250 256 258C262 330 264 380 236 440C232 560 228 680 224 770C300 790 500 790 576 770C572 680 568 560 564 440C536 380 538 330 544 258C528 250 504 244 482 232C440 262 360 262 318 232z",
        d.base,
    )
    for y in range(300, 760, 66):
        left = 262 if y < 400 else 236
        d.line(f"M{left} {y}C320 {y + 20} 480 {y + 20} {800 - left} {y}", d.deep, 6)
        d.line(f"M{left + 16} {y + 20}C320 {y + 34} 350 {y + 36} 380 {y + 36}", d.light, 8, opacity=0.6)
        d.line(f"M420 {y + 36}C450 {y + 36} 490 {y + 34} {784 - left} {y + 20}", d.light, 8, opacity=0.35)
    d.line("M258 262C264 330 264 384 238 440M542 262C536 330 536 384 562 440", d.deep, 12)
    d.fill(
        "M316 240C310 200 316 170 324 152C360 166 440 166 476 152C484 170 490 200 484 240C440 274 360 274 316 240z",
        d.base,
    )
    d.line("M318 200C360 220 440 220 482 200", d.deep, 6)
    d.fill("M334 158C370 170 430 170 466 158C456 178 436 190 400 196C364 190 344 178 334 158z", d.deep)
    _zip(d, 196, 784, colour=d.deep)
    d.line("M284 590L268 690M516 590L532 690", d.deep, 8)
    d.blaze(480, 330, 1.2)


def insulated_jacket(d: Drawing) -> None:
    """A quilted jacket with sleeves and a hood lying at the neck."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d, cuff=d.deep, fold=False)
    for side in (d.moved(0, 0), d.mirrored()):
        with side:
            for y, left, right in ((340, 188, 240), (410, 176, 244), (480, 164, 238), (550, 152, 226), (620, 140, 214)):
                d.line(f"M{left} {y}C{left + 20} {y + 14} {right - 16} {y + 16} {right} {y + 8}", d.deep, 5)
    d.fill(BODY, d.base)
    for y in range(310, 750, 74):
        d.line(f"M240 {y}C310 {y + 18} 490 {y + 18} 560 {y}", d.deep, 6)
        d.line(f"M256 {y + 20}C320 {y + 34} 350 {y + 36} 380 {y + 36}", d.light, 9, opacity=0.55)
        d.line(f"M420 {y + 36}C450 {y + 36} 480 {y + 34} 544 {y + 20}", d.light, 9, opacity=0.3)
    d.fill(
        "M306 246C292 190 310 140 340 122C380 106 420 106 460 122C490 140 508 190 494 246C450 286 350 286 306 246z",
        d.dark,
    )
    d.fill("M330 150C360 132 440 132 470 150C474 190 450 226 400 244C350 226 326 190 330 150z", d.deep)
    d.line("M328 152C330 196 354 228 400 248C446 228 470 196 472 152", d.light, 7)
    _zip(d, 246, colour=d.deep)
    d.line("M286 580L268 690M514 580L532 690", d.deep, 8)
    d.fill("M226 770C300 786 500 786 574 770L573 748C500 764 300 764 227 748z", d.deep)
    d.blaze(476, 350, 1.2)


def t_shirt(d: Drawing) -> None:
    d.shadow(400, 240, 850, 30)
    d.fill(
        "M330 220C290 234 256 246 232 262C196 320 170 370 148 424L230 466C240 446 250 430 258 416C256 540 248 660 240 762C300 778 500 778 560 762C552 660 544 540 542 416C550 430 560 446 570 466L652 424C630 370 604 320 568 262C544 246 510 234 470 220C440 244 360 244 330 220z",
        d.base,
    )
    d.fill("M258 416C256 540 248 660 240 762C256 766 274 768 292 770C276 640 284 480 258 360z", d.dark, 0.7)
    d.fill("M542 416C544 540 552 660 560 762C544 766 526 768 508 770C524 640 516 480 542 360z", d.dark, 0.7)
    d.fill("M330 220C360 244 440 244 470 220L478 226C456 280 344 280 322 226z", d.deep)
    d.fill("M344 226C370 240 430 240 456 226C440 250 420 256 400 256C380 256 360 250 344 226z", mix(d.deep, INK, 0.4))
    d.stitch("M156 408L240 450M644 408L560 450", d.light)
    d.stitch("M244 742C300 758 500 758 556 742", d.light)
    d.line("M262 268C250 310 254 360 258 410M538 268C550 310 546 360 542 410", d.dark, 4)
    d.blaze(462, 356, 1.4)


def long_sleeve(d: Drawing) -> None:
    """A base layer with a short zip at the neck."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d, cuff=d.dark)
    d.fill(BODY, d.base)
    d.fill("M242 460C240 560 232 680 226 770C250 775 270 778 290 779C272 650 280 500 250 380z", d.dark, 0.6)
    d.fill("M558 460C560 560 568 680 574 770C550 775 530 778 510 779C528 650 520 500 550 380z", d.dark, 0.6)
    d.fill(
        "M326 240C322 212 324 194 330 180C364 192 436 192 470 180C476 194 478 212 474 240C436 266 364 266 326 240z",
        d.dark,
    )
    d.fill("M342 184C372 194 428 194 458 184C450 206 432 216 400 222C368 216 350 206 342 184z", d.deep)
    _zip(d, 220, 400, d.deep)
    d.line("M318 246C280 330 262 360 246 380M482 246C520 330 538 360 554 380", d.dark, 5)
    d.stitch("M230 744C300 760 500 760 570 744", d.light)
    d.blaze(470, 380, 1.3)


def flannel_shirt(d: Drawing) -> None:
    """A checked shirt with collar, buttons and two pockets."""
    d.shadow(400, 250, 850, 30)
    _sleeves(d, cuff=d.deep)
    for side in (d.moved(0, 0), d.mirrored()):
        with side:
            d.stripe(
                "M190 340L244 356M178 410L244 430M166 480L236 496M154 550L222 564M142 620L210 632", d.deep, 12, 0.5
            )
            d.stripe("M212 310C196 420 176 560 156 670", d.deep, 12, 0.4)
    d.fill(BODY, d.base)
    columns = "".join(f"M{x} 270V774" for x in (276, 326, 474, 524))
    bars = "".join(f"M242 {y}H558" for y in (330, 400, 470, 540, 610, 680, 750))
    d.stripe(columns + bars, d.deep, 16, 0.5)
    thin = "".join(f"M{x} 266V776" for x in (300, 350, 450, 500))
    thin += "".join(f"M242 {y}H558" for y in (365, 435, 505, 575, 645, 715))
    d.stripe(thin, CREAM, 3, 0.6)
    d.box(380, 250, 40, 530, d.dark)
    for y in (320, 400, 480, 560, 640, 720):
        d.oval(400, y, 8, 8, CREAM)
    for x in (268, 446):
        d.fill(f"M{x} 388h86v92l-43 22l-43-22z", d.dark)
        d.fill(f"M{x - 4} 380h94v26l-47 18l-47-18z", d.deep)
        d.oval(x + 43, 410, 6, 6, CREAM)
    d.fill("M352 212C380 226 420 226 448 212C440 244 424 262 400 276C376 262 360 244 352 212z", d.deep)
    d.fill("M340 206C352 240 376 266 400 280L352 326C326 296 312 262 318 232z", d.dark)
    d.fill("M460 206C448 240 424 266 400 280L448 326C474 296 488 262 482 232z", d.dark)


def _legs(d: Drawing, hem: int, spread: int) -> None:
    left = f"M268 250H400V400C396 520 386 660 372 {hem}H{372 - spread}C252 620 246 420 268 250z"
    d.fill(left, d.base)
    with d.mirrored():
        d.fill(left, d.base)
        d.fill(f"M400 300V400C396 520 386 660 372 {hem}H{372 - spread // 3}C366 560 372 420 360 330z", d.dark, 0.6)
    d.fill(f"M400 300V400C396 520 386 660 372 {hem}H{372 - spread // 3}C366 560 372 420 360 330z", d.dark, 0.6)


def _waist(d: Drawing) -> None:
    d.fill("M264 206C340 220 460 220 536 206L534 256C460 270 340 270 266 256z", d.dark)
    d.fill("M280 208C340 218 460 218 520 208L512 214C460 226 340 226 288 214z", d.deep)
    for x in (296, 356, 444, 504):
        d.box(x - 7, 208, 14, 56, d.deep, 3)
    d.oval(400, 240, 11, 11, STEEL_LIGHT)
    d.line("M400 262V380C400 396 390 410 380 416", d.deep, 5)


def trousers(d: Drawing) -> None:
    d.shadow(400, 200, 856, 28)
    _legs(d, 840, 122)
    _waist(d)
    d.line("M272 280C296 312 306 330 302 362M528 280C504 312 494 330 498 362", d.deep, 6)
    d.fill("M254 470H330V590C304 600 278 600 256 592z", d.dark)
    d.fill("M252 462H334V492L292 504L252 492z", d.deep)
    d.line("M270 640C300 652 340 652 376 640M424 640C460 652 500 652 530 640", d.dark, 4)
    d.stitch("M252 820H370M430 820H548", d.light)
    d.blaze(478, 300, 1.1)


def zip_off_trousers(d: Drawing) -> None:
    """Trousers whose legs come off above the knee."""
    d.shadow(400, 200, 856, 28)
    _legs(d, 840, 122)
    _waist(d)
    d.line("M272 280C296 312 306 330 302 362M528 280C504 312 494 330 498 362", d.deep, 6)
    for side in (d.moved(0, 0), d.mirrored()):
        with side:
            d.fill("M250 548C290 560 350 560 390 548L388 580C350 592 290 592 250 580z", d.deep)
            d.line("M250 564C290 576 350 576 389 564", STEEL_LIGHT, 4, "6 5")
            d.line("M250 760L250 836", d.deep, 6)
    d.box(258, 566, 10, 26, STEEL_LIGHT, 4)
    d.box(532, 566, 10, 26, STEEL_LIGHT, 4)
    d.fill("M470 420H548V520C520 528 492 528 470 520z", d.dark)
    d.line("M476 440H542", d.deep, 6)
    d.stitch("M252 820H370M430 820H548", d.light)


def shorts(d: Drawing) -> None:
    d.shadow(400, 210, 800, 28)
    with d.moved(-36, 60, 1.09):
        left = "M268 250H400V400L388 600H236C232 480 246 340 268 250z"
        d.fill(left, d.base)
        d.fill("M400 300V400L388 600H340C352 500 366 420 360 330z", d.dark, 0.6)
        with d.mirrored():
            d.fill(left, d.base)
            d.fill("M400 300V400L388 600H340C352 500 366 420 360 330z", d.dark, 0.6)
        _waist(d)
        d.line("M272 280C296 312 300 330 292 372M528 280C504 312 500 330 508 372", d.deep, 6)
        d.stitch("M238 580H388M412 580H562", d.light)
        d.fill("M242 440H312V536C286 542 260 542 240 536z", d.dark)
        d.line("M242 460H310", d.deep, 6)
        d.line("M388 250C384 300 372 320 376 346M412 250C416 300 428 310 424 340", CREAM, 6)


def leggings(d: Drawing) -> None:
    """Close-fitting base layer for the legs."""
    d.shadow(400, 180, 856, 26)
    left = "M282 220H400V380C396 480 388 560 380 640C376 720 372 780 366 836H318C300 700 262 480 282 220z"
    for side in (d.moved(0, 0), d.mirrored()):
        with side:
            d.fill(left, d.base)
            d.fill("M400 300V380C396 480 388 560 380 640C376 720 372 780 366 836H346C360 700 366 480 372 330z", d.dark)
            d.line("M290 300C296 480 316 660 336 800", d.light, 5, opacity=0.7)
            d.fill("M316 808H369L366 842H318z", d.deep)
            d.line("M326 590C340 600 360 600 376 592", d.dark, 4)
    d.fill("M280 206C340 216 460 216 520 206L520 258C460 268 340 268 280 258z", d.deep)
    d.blaze(300, 276, 1.1)
