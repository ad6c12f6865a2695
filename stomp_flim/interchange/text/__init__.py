"""What the readers of text formats share: lines, documents, and errors that name the place."""
