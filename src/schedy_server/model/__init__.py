"""The nouns: values that are valid by construction and know no I/O."""
