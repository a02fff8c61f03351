"""Language tools without Rasa: the sentence encoder, the spaCy pipeline and the topic model."""
