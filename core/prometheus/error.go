package prometheus

import (
	"fmt"
	"strings"
	"syscall"
)

// errAddrNotAvailable is the error for an address that this machine does not
// have.
const errAddrNotAvailable = syscall.EADDRNOTAVAIL

// scrapeError is an error of a scrape. It has the parts that promhttp would log.
type scrapeError struct{ parts []any }

func (e *scrapeError) Error() string {
	return "prometheus: " + strings.TrimSpace(fmt.Sprintln(e.parts...))
}

// Unwrap returns the errors among the parts.
func (e *scrapeError) Unwrap() (all []error) {
	for _, value := range e.parts {
		if err, ok := value.(error); ok {
			all = append(all, err)
		}
	}
	return all
}
