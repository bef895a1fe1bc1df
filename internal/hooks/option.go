package hooks

import "fmt"

// NoNil panics if an option is nil. The message contains the index of the option, name and
// want. name is the name of the adapter's package, and want describes a valid option.
func NoNil[Option comparable](name, want string, options []Option) {
	var nilOption Option
	for i, o := range options {
		if o == nilOption {
			panic(fmt.Sprintf("%s: option %d is nil, want %s", name, i+1, want))
		}
	}
}
