"""From the bytes that a sender sends to delivery updates, or to a refusal that tells why."""
