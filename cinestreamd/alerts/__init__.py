"""What an operator is told without having asked: conditions, when they are told, and by which ways."""
