package env

import "fmt"

// Invalid is the error of a variable whose value cannot work.
type Invalid struct {
	Name  string
	Value string
	// Problem says what is wrong with the value; it may be empty where Want
	// says enough.
	Problem string
	// Want says what would be right.
	Want string
}

func (e *Invalid) Error() string {
	if e.Problem == "" {
		return fmt.Sprintf("%s=%q: want %s", e.Name, e.Value, e.Want)
	}
	return fmt.Sprintf("%s=%q: %s, want %s", e.Name, e.Value, e.Problem, e.Want)
}
