"""Letters that keep data alive: reminders to agents, a monthly digest to the ATD."""
