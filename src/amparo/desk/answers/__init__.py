"""What was answered to a country's own questions: sealed with the person, under the version that asked."""
