"""Options of which exactly one must be given."""

from impex.config.complaints import Complaints
from impex.config.options import Options


def check_choice(complaints: Complaints, option: str, model: Options, hint: str) -> None:
    """Complain if none of the options in a block was given, or several.

    Args:
        complaints: About the file.
        option: Name of the block.
        model: The block.
        hint: One of them, as people write it.
    """
    names = list(type(model).model_fields)
    if sum(bool(getattr(model, name)) for name in names) != 1:
        what = f"`{option}` must have one of these options: {', '.join(names)}."
        complaints.add((option,), what, hint)
