"""What all tiers share."""

from hypothesis import settings

# A property is right or wrong, not fast or slow: a busy machine must not fail it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
