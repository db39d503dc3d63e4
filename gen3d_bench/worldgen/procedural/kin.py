"""Everyday things that no shape family makes, and the family that comes nearest, with words that go without saying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.vocabulary import word_set


@dataclass(frozen=True)
class Kin:
    """family: what a thing is made as.  words: how, unless its description says otherwise ("small purple")."""

    family: str
    words: tuple[str, ...] = ()


_TABLE: tuple[tuple[str, str, str], ...] = (
    # fruit and vegetables
    ("apple", "", "quince, crab apple, pomegranate"),
    ("apple", "small purple", "plum, damson, fig, prune"),
    ("apple", "small orange", "apricot"),
    ("apple", "orange", "peach, nectarine, persimmon"),
    ("apple", "small red", "cherry, cranberry, crabapple, lychee"),
    ("orange", "", "satsuma, kumquat, blood orange"),
    ("orange", "yellow", "grapefruit, pomelo"),
    ("pear", "green", "avocado, guava"),
    ("pear", "orange", "papaya"),
    ("lemon", "orange", "mango"),
    ("lemon", "", "citron"),
    ("potato", "brown", "kiwi, kiwi fruit, truffle, yam, ginger, ginger root, turmeric, galangal"),
    ("potato", "orange", "sweet potato"),
    ("potato", "small brown", "almond, hazelnut, pecan, chestnut, nut, date, peanut"),
    ("potato", "smooth gray", "stone, pebble, rock"),
    ("onion", "white", "garlic, garlic bulb, garlic clove, turnip, celeriac, fennel, leek"),
    ("onion", "red", "beet, beetroot"),
    ("tomato", "red", "bell pepper, capsicum, sweet pepper, paprika, cherry tomato"),
    ("tomato", "orange", "pumpkin, squash, gourd"),
    ("strawberry", "", "raspberry, berry"),
    ("strawberry", "purple", "blackberry, mulberry"),
    ("lime", "", "green grape, gooseberry, brussel sprout, olive, artichoke"),
    ("apple", "tiny purple", "grape, blueberry"),
    ("cucumber", "", "gherkin, pickle, asparagus, green bean, pea pod, okra, celery"),
    ("cucumber", "purple thick", "eggplant, aubergine"),
    ("cucumber", "yellow", "corn, maize, corncob, corn cob, yellow squash"),
    ("cucumber", "red", "chili, chilli, chili pepper, chilli pepper, hot pepper, jalapeno, sausage, hot dog"),
    ("cucumber", "brown", "baguette, bread roll, bread, loaf, bun, croissant"),
    ("carrot", "white", "parsnip, daikon, white radish"),
    ("carrot", "red", "radish, chili carrot"),
    ("broccoli", "white", "cauliflower"),
    ("broccoli", "", "lettuce, cabbage, kale, spinach, romanesco, parsley, herb, salad"),
    ("mushroom", "", "toadstool, shiitake, portobello"),
    # plates and trays
    ("plate", "", "side plate, charger plate, dessert plate, salad plate, paper plate, pie plate"),
    ("saucer", "", "coaster, drink coaster, spoon rest, jar lid, lid, pot lid"),
    ("saucer", "wooden", "trivet"),
    ("dish", "", "casserole, casserole dish, baking dish, gratin dish, soap dish, butter dish, ashtray"),
    ("tray", "metal", "baking tray, baking sheet, cookie sheet, oven tray, sheet pan, roasting pan"),
    ("tray", "",
     "salver, letter tray, organizer tray, drawer organizer, ice tray, ice cube tray, paint tray, tea tray"),
    # cups and bottles
    ("cup", "", "paper cup, espresso cup, egg cup, beaker, measuring cup, sippy cup, shot cup, dixie cup"),
    ("cup", "metal", "tin cup, thimble"),
    ("glass", "", "shot glass, beer glass, highball, test tube"),
    ("mug", "", "beer mug, stein, tankard, travel mug, beer stein"),
    ("teapot", "", "kettle, tea kettle, coffee pot, watering can, gravy boat, creamer, milk jug, cream jug"),
    ("mug", "tall", "jug, pitcher, ewer, measuring jug"),
    ("water_bottle", "",
     "drink bottle, soda bottle, plastic bottle, shampoo bottle, soap dispenser, spray bottle, lotion "
     "bottle, detergent bottle, baby bottle, juice bottle, milk bottle, perfume bottle, medicine bottle, "
     "sport bottle"),
    ("water_bottle", "metal", "thermos, vacuum flask, thermos flask, hip flask, cocktail shaker"),
    ("water_bottle", "green glass",
     "wine bottle, beer bottle, olive oil bottle, oil bottle, vinegar bottle, champagne"),
    ("water_bottle", "red", "ketchup bottle, ketchup, sauce bottle, hot sauce"),
    ("salt_shaker", "",
     "sugar shaker, spice shaker, spice jar, spice bottle, dice shaker, salt cellar, salt mill"),
    ("pepper_grinder", "", "grinder, spice grinder, spice mill, coffee grinder, nutcracker, rook, chess rook"),
    # cookware and vessels
    ("bowl", "", "mixing bowl, cereal bowl, rice bowl, punch bowl, ramekin, porringer, mortar, finger bowl"),
    ("pot", "",
     "stew pot, pressure cooker, dutch oven, cauldron, crock pot, casserole pot, stockpot, slow cooker, "
     "rice cooker, cooker, fondue pot"),
    ("saucepan", "", "skillet, frying pan, fry pan, frypan, wok, griddle, cast iron pan, milk pan, crepe pan"),
    ("colander", "", "sieve, sifter, steamer, salad spinner, steamer basket"),
    ("container", "",
     "tupperware, lunch box, lunchbox, storage container, food container, cookie tin, pillbox, trinket "
     "box, round box, cake tin, hat box, sugar bowl, cookie jar, biscuit tin"),
    ("can", "", "soda can, beer can, tuna can, paint can, tin"),
    ("candle", "", "taper candle"),
    ("vase", "", "urn, amphora, carafe"),
    ("wine_glass", "", "chalice, snifter"),
    ("wine_glass", "slim", "champagne flute, flute glass"),
    ("wine_glass", "gold", "trophy cup"),
    ("jar", "", "mason jar, honey jar, jam jar, candle jar, ginger jar"),
    ("pen_holder", "",
     "pencil case, toothbrush holder, brush holder, desk organizer, desk tidy, pencil pot, quiver"),
    ("utensil_holder", "",
     "crock, knife block, utensil caddy, cutlery caddy, utensil jar, cutlery basket, caddy"),
    ("bucket", "",
     "ice bucket, flower pot, flowerpot, plant pot, planter, watering pail, mop bucket, champagne bucket, "
     "waste basket, wastebasket, waste bin, trash can, trash bin, garbage can, dustbin, paper bin"),
    ("basket", "", "hamper, bread basket, picnic basket, laundry basket, wicker tray, nest"),
    ("box", "",
     "chest, drawer, treasure chest, toy box, tool box, toolbox, jewelry box, shoe box, shoebox, gift box, "
     "tissue box, casket, trunk, pencil box, recipe box, tea box, ballot box, wooden crate"),
    ("cardboard_box", "", "parcel, package, packet, cereal box, pizza box, moving box, egg carton, milk carton"),
    ("bin", "",
     "storage box, plastic box, recycling bin, storage tub, plastic crate, organizer, organizer bin, "
     "trough"),
    ("sink_basin", "", "washbasin, tub sink, dishpan, washtub, dish rack, dish drainer"),
    # cutlery and tools
    ("knife", "",
     "dagger, letter opener, paring knife, steak knife, bread knife, chef knife, cleaver, box cutter, "
     "utility knife, pocket knife, palette knife, butter spreader, peeler, razor, scalpel, cutter, saw"),
    ("fork", "",
     "pitchfork, trident, salad fork, dinner fork, dessert fork, carving fork, garden fork, rake, spork"),
    ("spoon", "",
     "ladle, scoop, ice cream scoop, serving spoon, dessert spoon, measuring spoon, coffee scoop, trowel, "
     "skimmer, slotted spoon, honey dipper, shovel, spade, shoehorn, soup ladle, mixing spoon, paddle"),
    ("spatula", "",
     "flipper, slotted turner, fish slice, pancake turner, scraper, dough scraper, cake server, pie "
     "server, fly swatter, rubber spatula, putty knife, squeegee, trowel blade"),
    ("brush", "",
     "toothbrush, tooth brush, pastry brush, basting brush, hairbrush, hair brush, broom, hand broom, "
     "makeup brush, scrub brush, dish brush, duster, shaving brush, paint roller, cleaning brush"),
    ("screwdriver", "",
     "chisel, awl, ice pick, nut driver, drill bit, file, nail file, corkscrew, skewer, allen key, "
     "soldering iron"),
    # desk
    ("pen", "", "fountain pen, quill, stylus, biro, gel pen, needle, knitting needle, syringe, thermometer"),
    ("pen", "silver", "chopstick, straw, drinking straw, nail, wand, baton"),
    ("marker", "",
     "crayon, felt tip pen, felt tip, felt marker, whiteboard marker, dry erase marker, sharpie, chalk, "
     "flashlight, torch, lighter, lip gloss, cigar, battery, lipstick tube"),
    ("pencil", "",
     "colored pencil, coloured pencil, color pencil, drawing pencil, mechanical pencil, charcoal stick, "
     "drumstick, dowel, ruler, eyeliner"),
    ("glue_stick", "", "lipstick, lip balm, chapstick, deodorant, tube, toothpaste, toothpaste tube"),
    ("eraser", "", "pencil eraser, domino, gum, chewing gum, usb stick, flash drive, matchbox"),
    ("dry_erase_eraser", "", "chalkboard eraser, blackboard eraser, board eraser"),
    ("pencil_sharpener", "", "dice cup, pencil grinder"),
    ("stapler", "", "hole punch, hole puncher, staple remover, tape dispenser, staple gun"),
    ("notebook", "",
     "note book, binder, folder, sketchbook, planner, ledger, clipboard, passport, tablet, ipad, laptop, "
     "notepad paper, memo pad, post it, sticky note, address book, agenda, wallet"),
    ("book", "",
     "dictionary, bible, cookbook, magazine, comic book, comic, manual, encyclopedia, hardcover, "
     "paperback, atlas, album, photo album, picture book, story book, storybook"),
    # toys and household
    ("cube", "", "die, dice, sugar cube, ice cube, rubik cube, wooden cube, puzzle cube"),
    ("block", "", "brick, wood block, jenga block, building brick, ingot, gold bar, domino block, toy"),
    ("lego_brick", "", "duplo, duplo brick, duplo block"),
    ("chess_pawn", "",
     "chessman, game piece, game token, bishop, chess bishop, chess knight, chess king, chess queen, "
     "figurine, bowling pin, skittle, spinning top, knob, door knob, statuette"),
    ("ping_pong_ball", "",
     "ball, golf ball, marble ball, bouncy ball, rubber ball, glass marble, bead, snowball, cricket ball, "
     "pool ball, billiard ball, toy ball"),
    ("tennis_ball", "", "baseball, softball, handball"),
    ("sponge", "", "dish sponge, scouring pad, scrubber, loofah, cheese, butter, cake, tofu"),
    ("sponge", "white", "soap, soap bar"),
    ("napkin", "",
     "tissue, paper napkin, kerchief, bandana, place mat, placemat, doily, paper towel, handkerchief "
     "cloth, paper, coaster cloth, wipe, washcloth, face cloth, table runner, envelope, letter"),
    ("towel", "",
     "rag, dishcloth, dishrag, bath towel, cleaning cloth, dust cloth, blanket, scarf, pot holder, "
     "potholder, oven mitt, beach towel"),
    ("mouse_pad", "", "mat, desk mat, yoga mat, rubber mat, floor mat, rug, carpet, doormat, bath mat"),
    ("cutting_board", "",
     "cheese board, breadboard, serving board, charcuterie board, pizza peel, plank, chopping block, "
     "paddle board"),
    ("chessboard", "", "checker board, game board, board game, backgammon board"),
    # electronics
    ("keyboard", "", "piano keyboard, typewriter, numpad, number pad, calculator"),
    ("mouse", "", "trackball, toy mouse"),
    ("remote_control", "",
     "controller, phone, cell phone, cellphone, smartphone, mobile phone, telephone, walkie talkie, game "
     "controller, gamepad, remote controller, radio, mp3 player, ipod, multimeter, handset"),
    ("lamp", "",
     "lantern, bedside lamp, reading lamp, night light, nightlight, lampshade, table light, desk light"),
)  # fmt: skip
"""(family, words that go without saying, nouns)."""

KIN: Mapping[str, Kin] = MappingProxyType(
    {
        noun.strip(): Kin(family, tuple(words.split()))
        for family, words, nouns in _TABLE
        for noun in nouns.split(",")
    }
)
"""Noun (of `prompts.tokens`) -> its nearest kin."""

STRANGERS = word_set(
    "car train plane airplane truck bus boat ship robot doll teddy bear cat dog horse moose duck bird fish cow pig "
    "sheep camera printer monitor screen speaker headphone computer clock watch glove shoe boot hat cap belt ring "
    "necklace scissor tong clip paperclip screw bolt key lock chain rope wire cable plug socket bulb fan drum guitar "
    "violin piano flower plant tree grass leaf chair sofa couch bed shelf mirror window door house tower castle "
    "bridge person hand head foot puzzle card money coin ticket umbrella bag purse backpack pillow market battle "
    "pearl spool bowel ladder magnet hammer mallet wrench spanner plier shirt sweater dress sock jacket globe skull "
    "shell star heart puppet kite balloon opener paste parrot carol blocker "
    "cupboard cabinet wardrobe dresser bookcase bookshelf bench stool fridge freezer oven stove sauce staple"
)
"""Words that are spelt like nothing here by mistake: they name things that nothing here is like."""
