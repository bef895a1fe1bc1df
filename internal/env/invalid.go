package env

import "fmt"

// Invalid is the error of a variable with an invalid value.
type Invalid struct {
	Name  string
	Value string
	// Secret means that the value must not be shown. Value is then empty.
	Secret bool
	// Problem says what is wrong with the value. It may be empty if Err or Want is
	// sufficient.
	Problem string
	Err     error
	// Want says which values are valid. It is empty if Problem is sufficient.
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

// Unwrap returns the underlying error, such as that of a file.
func (e *Invalid) Unwrap() error { return e.Err }
