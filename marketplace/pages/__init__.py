"""Pages that join the rooms: the shop window, the desks, the style guide."""
