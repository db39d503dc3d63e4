"""The English of commands: verbs that put, words that say where, and those that make a sentence something else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Asked = Literal["ON", "IN", "TO"]
"""What a preposition asks for; "TO" leaves open whether on or in."""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(*phrases: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in phrases)


PUT = _words(
    "put place move stack set lay drop insert bring transfer slide stick pop shove deposit position rest stow store "
    "leave push carry take get relocate return add toss throw tuck park hang load arrange"
)
"""Verbs that end with something somewhere."""
TAKE = _words("pick grab take get lift grasp fetch hold collect seize remove retrieve grip clutch bring")
"""Verbs that begin with something in the hand."""
GERUNDS: Mapping[str, str] = MappingProxyType({
    "putting": "put", "placing": "place", "moving": "move", "stacking": "stack", "setting": "set", "laying": "lay",
    "dropping": "drop", "inserting": "insert", "bringing": "bring", "transferring": "transfer", "sliding": "slide",
    "picking": "pick", "grabbing": "grab", "taking": "take", "getting": "get", "lifting": "lift",
})
"""As in "would you mind putting ..."."""
OTHER_VERBS = _words(
    "open close shut pour turn rotate wipe clean cut fold flip unplug plug press sweep tap shake stir fill empty "
    "knock look find show give hand cook eat drink wash make build write draw tell say screw unscrew twist squeeze "
    "roll spin tidy sort organize swap exchange switch hide attach connect touch point kick break peel slice "
    "pull go keep wait stop help serve clear point align balance"
)
"""Verbs of tasks that this benchmark does not have."""
ADJECTIVES = _words("open clear empty clean")
"""Those of them that describe things as well."""

OPENERS = _phrases(
    "please", "kindly", "now", "ok", "okay", "hey", "hi", "hello", "robot", "just", "so", "well", "alright", "first",
    "can you", "could you", "would you", "will you", "can we", "could we", "would you mind", "do you mind",
    "i want you to", "i would like you to", "i'd like you to", "i need you to", "i ask you to", "i'll need you to",
    "you should", "you must", "you need to", "you have to", "you can", "your task is to", "your job is to",
    "the task is to", "your goal is to", "the goal is to", "the robot should", "the robot must", "the robot has to",
    "the robot needs to", "let's", "let us", "try to", "go ahead and", "help me", "help me to", "make sure to",
    "be sure to", "remember to", "go and", "task :", "instruction :", "command :", "gently", "carefully", "slowly",
    "quickly", "simply", "softly", "we should", "we must", "we need to", "i want to", "i would like to", "i'd like to",
    "i need to", "using the gripper", "using your gripper", "with the gripper", "with your gripper", "with your arm",
    "using the robot arm", "with the robot arm", "with your hand", "start to",
)  # fmt: skip
"""What a command may begin with without meaning more."""
REQUESTS = _words("can could would will do")
"""First words of openers that make a command look like a question."""
CLOSERS = _phrases(
    "please", "for me", "thanks", "thank you", "thank you very much", "now", "right now", "if you can", "if you could",
    "if possible", "if you please", "would you", "will you", "could you", "can you", "gently", "carefully", "slowly",
    "quickly", "softly", "with care", "robot", "ok", "okay", "immediately", "with your gripper", "with the gripper",
    "with your arm", "with your hand", "with the robot arm", "with the arm", "using the gripper", "using your gripper",
    "using the robot arm", "again", "instead", "as fast as you can", "as soon as possible", "as quickly as you can",
    "as carefully as you can",
)  # fmt: skip
"""What a command may end with without meaning more."""
WISHES = _phrases(
    "i want", "i need", "i would like", "i'd like", "i wish", "we want", "we need", "make sure", "make sure that",
    "let", "i want to have", "i'd like to have", "i would like to have", "i want to see",
)  # fmt: skip
"""As in "I want the cup on the tray"."""
SHALL = _phrases(
    "should be put", "should be placed", "must be put", "must be placed", "needs to be put", "needs to be placed",
    "has to be put", "has to be placed", "is to be put", "is to be placed", "to be put", "to be placed", "should go",
    "must go", "has to go", "needs to go", "should end up", "should be", "must be", "has to be", "needs to be",
    "shall be", "to be", "belongs", "goes", "should sit", "should lie", "should stand",
)  # fmt: skip
"""As in "the cup should be on the tray"; longer ones first."""
WISHED = _phrases("put", "placed", "is")
"""As in "I want the cup put on the tray"; only after a wish."""

QUESTIONS = _words(
    "who what where when why how which whose is are was were am do does did has have should shall may might can could "
    "would will isn't aren't"
)
NEGATIONS = _words(
    "not don't dont never avoid stop cannot can't won't shouldn't mustn't nothing except unless nor neither without"
)
ALTERNATIVES = _words("or either")
CONDITIONS = _words("if when whenever before after while until once because since")
NOUN_LINKS = _words("of with without for having featuring")
"""Words inside a noun phrase, after which more is said of the thing."""

FURNITURE = _words(
    "cupboard cabinet shelf bookshelf rack fridge refrigerator freezer oven stove microwave dishwasher dryer sofa "
    "couch chair stool bed floor ground wall window door ceiling wardrobe dresser sideboard cart trolley hob"
)
"""Things too large to stand on the table as a target."""

PRONOUNS = _words(
    "it them they he she him her itself something anything everything nothing someone one ones these those this that "
    "there here mine yours stuff i you we us me"
)
DETERMINERS = _words("a an the my your our his their this that another any said one single")
QUANTITIES = _words(
    "two three four five six seven eight nine ten all both every each several many few couple dozen some more these "
    "those pair lots multiple half"
)
REFERRING = _words(
    "left right leftmost rightmost nearest closest farthest furthest middle other same second third last next biggest "
    "smallest largest tallest bigger smaller larger upper lower top bottom front rear back nearby correct"
)
"""Words that pick one of several things by where it is or how it compares."""
PARTICLES = _words(
    "down back over up away out right straight directly gently safely carefully slowly neatly together quickly softly "
    "upright flat so just slightly further closer forward forwards backward backwards aside lying sitting standing "
    "resting located"
)
"""Words between a verb or thing and its preposition that change nothing here."""

DIRECTIONS = _words(
    "left right side front back rear forward forwards backward backwards up down corner edge end center centre middle "
    "ground floor air position place"
)
"""Where things move to that is no thing."""
_TO_ON = _phrases(
    "on", "onto", "upon", "atop", "on to", "on top of", "on the top of", "to the top of", "onto the top of",
    "onto top of", "atop of", "over onto", "over on", "over on top of", "on the middle of", "on the center of",
    "on the centre of", "on the surface of", "onto the surface of",
)  # fmt: skip
_TO_IN = _phrases(
    "in", "into", "inside", "within", "in to", "inside of", "over into", "over in", "to the inside of",
    "in the inside of", "into the middle of", "to the inside",
)  # fmt: skip
_TO_EITHER = _phrases(
    "to", "over", "over to", "in the middle of", "in the center of", "in the centre of", "to the middle of",
    "to the center of", "to the centre of",
)  # fmt: skip
PREPOSITIONS: Mapping[tuple[str, ...], Asked] = MappingProxyType(
    {**dict.fromkeys(_TO_ON, "ON"), **dict.fromkeys(_TO_IN, "IN"), **dict.fromkeys(_TO_EITHER, "TO")}
)
"""Prepositions of goals -> what they ask for."""
ORIGINS = _phrases("from", "off", "off of", "out of", "from inside", "at")
"""Prepositions that say where a thing is taken from."""
ELSEWHERE = _phrases(
    "next to", "beside", "besides", "near", "near to", "close to", "by", "under", "underneath", "beneath", "below",
    "above", "behind", "between", "among", "around", "against", "along", "across", "through", "away from",
    "in front of", "left of", "right of", "to the left of", "to the right of", "on the left of", "on the right of",
    "on the left side of", "on the right side of", "to the left side of", "to the right side of", "at the edge of",
    "on the edge of", "to the edge of", "to the side of", "opposite", "towards", "toward", "alongside", "outside",
    "outside of", "past", "beyond", "in the corner of", "on the side of", "to the corner of", "on the corner of",
)  # fmt: skip
"""Prepositions of goals that this benchmark does not have."""
WHERE = frozenset((*PREPOSITIONS, *ORIGINS, *ELSEWHERE))
"""All prepositions."""
LONGEST_PREPOSITION = max(map(len, WHERE))

CATEGORIES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "fruit": ("apple", "pear", "banana"), "vegetable": ("carrot", "tomato", "potato"), "veggie": ("carrot", "tomato"),
    "food": ("apple", "carrot"), "toy": ("toy block", "lego brick"), "utensil": ("spoon", "fork"),
    "tool": ("screwdriver",), "object": ("cube", "apple"), "thing": ("cube",),
    "item": ("cube", "apple"), "cutlery": ("spoon", "fork"), "stationery": ("pen", "eraser"), "snack": ("banana",),
    "dinnerware": ("plate",), "tableware": ("plate", "bowl"), "silverware": ("spoon",), "produce": ("apple",),
})  # fmt: skip
"""Nouns for many kinds of things, and some of those."""
