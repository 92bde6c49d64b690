"""Finding the customs code of goods: the HS tree, the search, the guided walk and what people confirmed."""
