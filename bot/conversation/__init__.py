"""The thread of a conversation: what "it" means, the guided check, the appointment sheet, look-ups. No Rasa, no words: ids only."""
