package tracetree

// Option configures [Write].
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config holds the values of the options.
type config struct {
	// colour is set if the output contains escape codes.
	colour bool
	// width is the maximum width of a line, or 0 for no limit.
	width int
	// allAttributes is set if every attribute is printed.
	allAttributes bool
}

const defaultWidth = 120

// minWidth is the smallest limit for the width of a line. WithWidth raises smaller limits to
// minWidth.
const minWidth = 60

func newConfig(options []Option) config {
	c := config{width: defaultWidth}
	for _, option := range options {
		option.apply(&c)
	}
	if c.width > 0 {
		c.width = max(c.width, minWidth)
	}
	return c
}

// WithColor turns colour on or off. Default: off.
func WithColor(on bool) Option { return optionFunc(func(c *config) { c.colour = on }) }

// WithWidth limits the number of characters in a line. Longer lines are cut. 0 means no
// limit, and values from 1 to 59 mean 60. Default: 120.
func WithWidth(characters int) Option {
	return optionFunc(func(c *config) { c.width = max(characters, 0) })
}

// WithAllAttributes prints every attribute. By default, all attributes of the application
// are printed, but only a few of OpenTelemetry's conventions, such as error.type.
func WithAllAttributes() Option { return optionFunc(func(c *config) { c.allAttributes = true }) }
