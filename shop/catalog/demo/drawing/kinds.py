"""Every kind of thing that can be drawn: how, what is seen (for alternative texts), and where to look closer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop.catalog.demo.drawing import camp, clothing, cooking, extras, footwear, packs, tools
from shop.catalog.demo.drawing.canvas import Drawing


@dataclass(frozen=True)
class Kind:
    """``seen``: follows the product's name and colour after a colon. ``closer``: left, top and width of a 4:5 detail."""

    draw: Callable[[Drawing], None]
    seen: str
    closer: tuple[int, int, int] | None = None


KINDS: dict[str, Kind] = {
    "boot": Kind(footwear.boot, "an ankle-high laced boot with a lugged sole, from the side", (290, 330, 400)),
    "leather_boot": Kind(
        footwear.leather_boot, "a high leather boot with a rubber rand, from the side", (270, 320, 400)
    ),
    "winter_boot": Kind(footwear.winter_boot, "a lined boot with a pile collar and a rubber foot, from the side"),
    "shoe": Kind(footwear.shoe, "a pair of low laced walking shoes, from the side"),
    "runner": Kind(footwear.runner, "a pair of running shoes with a deeply cut sole, from the side"),
    "sandal": Kind(footwear.sandal, "a pair of sandals with three straps, from the side"),
    "clog": Kind(footwear.clog, "a pair of felt slippers with an open heel, from the side"),
    "rain_jacket": Kind(
        clothing.rain_jacket, "a hooded rain jacket with a covered zip, from the front", (270, 80, 330)
    ),
    "shell": Kind(clothing.shell, "a hooded shell jacket with a darker yoke, from the front", (250, 70, 340)),
    "fleece": Kind(clothing.fleece, "a fleece jacket with a stand-up collar and a chest pocket, from the front"),
    "down_vest": Kind(clothing.down_vest, "a quilted vest, from the front"),
    "insulated_jacket": Kind(clothing.insulated_jacket, "a quilted jacket with a hood, from the front"),
    "t_shirt": Kind(clothing.t_shirt, "a plain T-shirt with a round neck, from the front"),
    "long_sleeve": Kind(clothing.long_sleeve, "a long-sleeved top with a short zip, from the front"),
    "flannel_shirt": Kind(clothing.flannel_shirt, "a checked shirt with two pockets, from the front", (260, 190, 330)),
    "trousers": Kind(clothing.trousers, "long trousers with a pocket on the thigh, from the front"),
    "zip_off_trousers": Kind(clothing.zip_off_trousers, "trousers with zips above the knees, from the front"),
    "shorts": Kind(clothing.shorts, "shorts with a drawstring, from the front"),
    "leggings": Kind(clothing.leggings, "close-fitting leggings, from the front"),
    "beanie": Kind(extras.beanie, "a knitted hat with a cuff and a pompom"),
    "sun_hat": Kind(extras.sun_hat, "a hat with a wide brim and a chin cord"),
    "cap": Kind(extras.cap, "a cap with a stiff peak, from the side"),
    "gloves": Kind(extras.gloves, "a pair of knitted gloves with ribbed cuffs"),
    "socks": Kind(extras.socks, "a pair of socks with two stripes, darker at heel and toe"),
    "backpack": Kind(packs.backpack, "a backpack with lid, side pockets and hip belt, from the front", (220, 180, 360)),
    "trekking_pack": Kind(
        packs.trekking_pack, "a tall backpack with a rolled mat below, from the front", (220, 100, 360)
    ),
    "hut_pack": Kind(packs.hut_pack, "a backpack with a flap and two leather straps, from the front", (230, 380, 340)),
    "daypack": Kind(packs.daypack, "a small backpack with crossed cords, from the front"),
    "roll_top": Kind(packs.roll_top, "a rolled and clipped dry sack"),
    "hip_pack": Kind(packs.hip_pack, "a hip bag with its belt lying open"),
    "dome_tent": Kind(camp.dome_tent, "a dome tent with its door open", (180, 370, 360)),
    "tunnel_tent": Kind(camp.tunnel_tent, "a tunnel tent with an open porch", (60, 400, 350)),
    "ridge_tent": Kind(camp.ridge_tent, "a small ridge tent held up by one pole"),
    "tarp": Kind(camp.tarp, "a tarp pitched over two poles"),
    "pegs": Kind(camp.pegs, "four tent pegs with pull cords"),
    "sleeping_bag": Kind(camp.sleeping_bag, "a mummy sleeping bag with its hood open", (240, 120, 330)),
    "blanket_bag": Kind(camp.blanket_bag, "a rectangular sleeping bag, one corner turned back"),
    "air_mat": Kind(camp.air_mat, "an air mat with cross chambers, standing on end"),
    "foam_mat": Kind(camp.foam_mat, "a rolled foam mat with two straps"),
    "pillow": Kind(camp.pillow, "a small stuffed pillow"),
    "stove": Kind(cooking.stove, "a lit burner on a gas cartridge", (190, 280, 420)),
    "pot": Kind(cooking.pot, "a steel pot with lid and folding handle"),
    "pan": Kind(cooking.pan, "a frying pan with an egg in it"),
    "mug": Kind(cooking.mug, "an enamel mug of coffee with mountains on it"),
    "bottle": Kind(cooking.bottle, "a bottle with a loop on its cap"),
    "flask": Kind(cooking.flask, "a vacuum flask beside a full cup"),
    "spork": Kind(cooking.spork, "a spoon-fork and a knife"),
    "compass": Kind(tools.compass, "a base plate compass with its needle to the north", (220, 330, 350)),
    "folded_map": Kind(tools.folded_map, "a folded walking map with a marked path", (240, 320, 340)),
    "map_case": Kind(tools.map_case, "a map behind the window of a pouch with a neck cord"),
    "notebook": Kind(tools.notebook, "a notebook with an elastic band, and a pencil"),
    "headlamp": Kind(tools.headlamp, "a headlamp on its elastic band"),
    "lantern": Kind(tools.lantern, "a glowing camp lantern with a handle"),
    "torch": Kind(tools.torch, "a hand torch, shining"),
    "poles": Kind(tools.poles, "two trekking poles with cork grips"),
    "knife": Kind(tools.knife, "a pocket knife with its blade open"),
    "first_aid": Kind(tools.first_aid, "a zipped pouch with a white cross"),
    "whistle": Kind(tools.whistle, "a whistle on a cord"),
    "cord": Kind(tools.cord, "a coil of cord"),
    "umbrella": Kind(tools.umbrella, "an open umbrella with a wooden handle"),
}

# What a variant's colour is called, and what it is painted with.
COLOURS: dict[str, str] = {
    "Bark": "#5c4633",
    "Charcoal": "#3a403d",
    "Chestnut": "#7a4a2e",
    "Clay": "#b5623f",
    "Ember": "#c4432b",
    "Fern": "#8a9f5b",
    "Forest": "#1e5b43",
    "Heather": "#86698c",
    "Lake": "#3f7c8c",
    "Moss": "#6b7f4a",
    "Night": "#2b3a4e",
    "Oat": "#d3c4a4",
    "Sand": "#c9ad7c",
    "Slate": "#5b6b73",
    "Stone": "#a39b88",
    "Sun": "#e0a526",
}


def draw(kind: str, colour: str, *, closer: bool = False) -> str:
    """The SVG of a kind in a named colour; the same on every machine. ``closer``: only the detail."""
    entry = KINDS[kind]
    drawing = Drawing(COLOURS[colour])
    entry.draw(drawing)
    return drawing.svg(entry.closer if closer else None)
