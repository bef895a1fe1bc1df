package command

import "strings"

// List is a flag of comma-separated names, which may be repeated.
type List []string

// String implements flag.Value.
func (l *List) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value. An empty value adds nothing.
func (l *List) Set(value string) error {
	if value == "" {
		return nil
	}
	*l = append(*l, strings.Split(value, ",")...)
	return nil
}
