package hooks

import "fmt"

// NoNil panics if an option is nil, with a message that names the package, the
// index of the option and what would be right.
func NoNil[Option comparable](name, want string, options []Option) {
	var none Option
	for i, o := range options {
		if o == none {
			panic(fmt.Sprintf("%s: option %d is nil, want %s", name, i+1, want))
		}
	}
}
