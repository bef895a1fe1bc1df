package conformance

// Area is a group of checks whose ids begin with the area's name.
type Area struct {
	Name string
	// Title says what the checks are about.
	Title string
}

// Areas returns all areas, in the order of [Checks].
func Areas() []Area {
	return []Area{
		{"parent", "trace context, parents and baggage"},
		{"span", "names, attributes and status of spans"},
		{"error", "errors, panics and disconnects"},
		{"exclude", "requests that are not recorded"},
		{"metric", "metrics and their series"},
		{"flush", "shutdown and export without loss"},
		{"transparent", "no change of behaviour"},
		{"trust", "untrusted clients"},
	}
}
