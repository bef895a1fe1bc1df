// Package plural formats counts for messages. It imports no package of this
// module.
package plural

import "fmt"

// Count returns "1 span" or "2 spans".
func Count(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
