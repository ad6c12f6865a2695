"""Tables of one step, in which every job in flight advances by a step."""
