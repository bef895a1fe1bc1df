package hooks

import "fmt"

// NoNil panics if an option is nil. The message consists of name, the name of the
// package, the index of the option, and want, the description of a valid option.
func NoNil[Option comparable](name, want string, options []Option) {
	var nilOption Option
	for i, o := range options {
		if o == nilOption {
			panic(fmt.Sprintf("%s: option %d is nil, want %s", name, i+1, want))
		}
	}
}
