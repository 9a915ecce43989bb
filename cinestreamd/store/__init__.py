"""What a site keeps: records and operations in ``base``, implementations in folders beside it."""
