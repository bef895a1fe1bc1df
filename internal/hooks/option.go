package hooks

import "fmt"

// NoNil panics where an option is nil, with a message that names the package and
// the option's place, and says what would be right.
func NoNil[Option comparable](name, want string, options []Option) {
	var none Option
	for i, o := range options {
		if o == none {
			panic(fmt.Sprintf("%s: option %d is nil, want %s", name, i+1, want))
		}
	}
}
