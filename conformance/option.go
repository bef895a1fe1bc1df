package conformance

// Option configures [Run], [Test] and [Ask].
type Option interface{ apply(*config) }

type config struct {
	patterns     []string     // of check ids; empty means all checks
	level        Level        // of the checks to run; "" means both levels
	onResult     func(Result) // called with each result, unless nil
	subjectAddr  string       // where the subject listens; "" means a free address
	receiverAddr string       // where the suite receives exports; "" means a free address
	peerHost     string       // host name or address by which the service reaches the suite; "" means 127.0.0.1
}

func newConfig(options []Option) *config {
	c := new(config)
	for _, o := range options {
		o.apply(c)
	}
	return c
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
