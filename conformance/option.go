package conformance

import (
	"errors"
	"fmt"
	"net"
)

// Option configures [Run], [Test] and [Ask]. If an option is given several times, the last one
// applies, but the patterns of [WithChecks] are combined. Only this package can implement options,
// and the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	patterns     []string     // of check ids; empty means all checks
	level        Level        // of the checks to run; "" means both levels
	onResult     func(Result) // called with each result, unless nil
	subjectAddr  string       // where the subject listens; "" means a free address
	receiverAddr string       // where the suite receives exports; "" means a free address
	peerHost     string       // host name or address by which the service reaches the suite; "" means 127.0.0.1
}

// newConfig applies the options. It returns an error that names every invalid option.
func newConfig(options []Option) (*config, error) {
	c := new(config)
	var problems []error
	for i, o := range options {
		if o == nil {
			problems = append(problems, fmt.Errorf("option %d is nil, want an option of this package, such as WithChecks", i+1))
			continue
		}
		o.apply(c)
	}
	if c.level != "" && c.level != Requirement && c.level != Choice {
		problems = append(problems, fmt.Errorf("WithLevel(%q): want %q or %q", c.level, Requirement, Choice))
	}
	for _, address := range []struct{ option, value string }{{"WithAddress", c.subjectAddr}, {"WithReceiver", c.receiverAddr}} {
		if _, _, err := net.SplitHostPort(address.value); err != nil && address.value != "" {
			problems = append(problems, fmt.Errorf("%s(%q): %w, want host:port, such as 127.0.0.1:8080", address.option, address.value, err))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	return c, nil
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithChecks runs only the checks whose ids match a pattern, such as "exclude/*", in the
// syntax of path.Match. The default is all checks. If a pattern matches no check, Run
// returns an error.
func WithChecks(patterns ...string) Option {
	return option(func(c *config) { c.patterns = append(c.patterns, patterns...) })
}

// WithLevel runs only the checks of a level. The default is both levels.
func WithLevel(level Level) Option {
	return option(func(c *config) { c.level = level })
}

// WithResults calls f with the result of each check when the check has ended.
func WithResults(f func(Result)) Option {
	return option(func(c *config) { c.onResult = f })
}

// WithAddress is for a subject that listens on a fixed address instead of the contract's
// SAMESPAN_ADDR. The subject's services run one after the other on addr ("host:port").
// The default is a free address for each service.
func WithAddress(addr string) Option {
	return option(func(c *config) { c.subjectAddr = addr })
}

// WithReceiver sets the address, "host:port", on which the suite receives exports. It is
// for a service that is [Running]; other services get the address from the suite. The
// default is a free address for each service.
func WithReceiver(addr string) Option {
	return option(func(c *config) { c.receiverAddr = addr })
}

// WithPeers is for a service on another network than the suite's, such as one in a
// container. The service calls servers of the suite in POST /relay; host is the name or
// address by which it reaches them. With this option, the suite's servers listen on all
// interfaces, and the client address that the service records is not checked. By default,
// host is 127.0.0.1, and the suite's servers listen on that interface only.
func WithPeers(host string) Option {
	return option(func(c *config) { c.peerHost = host })
}
