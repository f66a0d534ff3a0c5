"""The few windows that open on top, none of them in the way of a feed."""
