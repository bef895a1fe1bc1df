package echootel

import "fmt"

// ServerOption is an option of [Server]. There are no options yet. Only this package can
// implement options, and the interface may get more methods.
type ServerOption interface{ applyServer(*Runner) }

// apply applies options to s and returns s.
func (s *Runner) apply(options []ServerOption) *Runner {
	for i, option := range options {
		if option == nil {
			panic(fmt.Sprintf("echootel: Server: option %d is nil, want it removed", i+1))
		}
		option.applyServer(s)
	}
	return s
}
