package conformance

// Area is a group of checks, whose ids begin with its name.
type Area struct {
	Name string
	// Title says what the checks are about.
	Title string
}

// Areas are all areas, in the order of [Checks].
func Areas() []Area {
	return []Area{
		{"parent", "one trace, correctly nested"},
		{"span", "the same shape"},
		{"error", "failures are seen, and nothing about them is changed"},
		{"exclude", "excluded means excluded"},
		{"metric", "the same series"},
		{"flush", "nothing lost"},
		{"transparent", "the application cannot tell"},
		{"trust", "what a stranger may decide"},
	}
}
