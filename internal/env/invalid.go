package env

import "fmt"

// Invalid is the error of a variable whose value cannot work.
type Invalid struct {
	Name  string
	Value string
	// Secret says that the value is not to be shown; Value is empty then.
	Secret bool
	// Problem says what is wrong with the value; where it is empty, Err does. Both
	// may be empty where Want says enough.
	Problem string
	Err     error
	// Want says what would be right, empty where the problem does.
	Want string
}

func (e *Invalid) Error() string {
	text := fmt.Sprintf("%s=%q: ", e.Name, e.Value)
	if e.Secret {
		text = e.Name + " (value not shown): "
	}
	problem := e.Problem
	if problem == "" && e.Err != nil {
		problem = e.Err.Error()
	}
	switch {
	case problem == "":
		return text + "want " + e.Want
	case e.Want == "":
		return text + problem
	}
	return text + problem + ", want " + e.Want
}

// Unwrap returns what the problem is made of, such as the error of a file.
func (e *Invalid) Unwrap() error { return e.Err }
