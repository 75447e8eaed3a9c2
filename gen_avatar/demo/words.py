"""How things are called on the page, and errors in plain words."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import gradio as gr

from gen_avatar.errors import GenAvatarError, MediaError

Function = TypeVar("Function", bound=Callable[..., Any])

#: Where it is → attribute → what people call it, in the order of the page.
ATTRIBUTES = {
    "Face": {
        "skin_color": "Skin",
        "eye_color": "Eyes",
        "brow_style": "Brows",
        "brow_color": "Brow colour",
        "age": "Age",
        "freckles": "Freckles",
        "mole": "Mole",
        "makeup_style": "Make-up",
    },
    "Hair": {
        "hair_style": "Hair",
        "hair_color": "Hair colour",
        "beard_style": "Beard",
        "beard_color": "Beard colour",
    },
    "Worn": {
        "glasses_style": "Glasses",
        "headwear_style": "Hat",
        "headwear_color": "Hat colour",
        "earring_style": "Earrings",
        "cloth_style": "Clothes",
        "cloth_color": "Colour of clothes",
    },
}

#: Files that the page took in lie in folders with long names; people know them by the last part.
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[\\/][^\s:]*[\\/]")


def label(name: str) -> str:
    """``side-part`` → ``Side part``."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def plain(error: GenAvatarError) -> str:
    """What went wrong, without folders that nobody chose."""
    text = _FOLDERS.sub("", " ".join(str(error).split()))
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def plainly(function: Function) -> Function:
    """Turn errors into messages on the page: ours as they are, others into an apology.

    What the latter were is printed for whoever runs the demo.
    """

    @functools.wraps(function)
    def whole(*args: Any, **options: Any) -> Any:
        with _Told():
            return function(*args, **options)

    @functools.wraps(function)
    def stepwise(*args: Any, **options: Any) -> Iterator[Any]:
        with _Told():
            yield from function(*args, **options)

    return stepwise if inspect.isgeneratorfunction(function) else whole  # type: ignore[return-value]


class _Told:
    """Raises ``gr.Error`` for what is raised inside."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> None:
        if error is None or isinstance(error, gr.Error) or not isinstance(error, Exception):
            return
        if isinstance(error, GenAvatarError):
            raise gr.Error(plain(error), title="That did not work", print_exception=False) from error
        traceback.print_exception(error, file=sys.stderr)
        sorry = "Something went wrong here. What it was is in the window in which gen-avatar runs."
        raise gr.Error(sorry, title="Sorry", print_exception=False) from error


def need(thing: Any, what: str) -> Any:
    """``thing``, or an error that asks for it."""
    if thing is None or thing == "":
        raise MediaError(what)
    return thing
