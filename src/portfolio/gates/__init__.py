"""Gates: assessments in five steps, recommendations, decisions and what they lead to."""
