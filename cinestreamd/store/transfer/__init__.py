"""Taking everything that a store holds from one kind of store to another, or into a file and back."""
