"""What all tiers share."""

from hypothesis import settings

# A property is right or wrong, not fast or slow: a busy machine must not fail it. Examples differ from
# run to run, and there are many runs.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")
