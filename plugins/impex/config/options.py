"""What all blocks of options of a group file have in common."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """A block of options; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
