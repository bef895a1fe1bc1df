// Package plural formats counts for messages. It imports no package of this module, so
// that all packages can use it.
package plural

import "fmt"

// Count returns n with the noun, such as "1 span" or "2 spans".
func Count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
