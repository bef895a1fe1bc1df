package tracetree

// Option configures [Write].
type Option interface{ apply(*style) }

type optionFunc func(*style)

func (f optionFunc) apply(s *style) { f(s) }

// style is the result of the options.
type style struct {
	hasColour bool
	// width is the maximum width of a line, or 0 for no limit.
	width            int
	hasAllAttributes bool
}

const defaultWidth = 120

// minWidth is the smallest limit for the width of a line. WithWidth raises smaller limits to
// minWidth.
const minWidth = 60

func newStyle(options []Option) style {
	s := style{width: defaultWidth}
	for _, option := range options {
		option.apply(&s)
	}
	if s.width > 0 {
		s.width = max(s.width, minWidth)
	}
	return s
}

// WithColor turns colour on or off. Default: off.
func WithColor(on bool) Option { return optionFunc(func(s *style) { s.hasColour = on }) }

// WithWidth limits the number of characters in a line. Longer lines are cut. 0 means no
// limit, and values from 1 to 59 mean 60. Default: 120.
func WithWidth(characters int) Option {
	return optionFunc(func(s *style) { s.width = max(characters, 0) })
}

// WithAllAttributes prints every attribute. By default, all attributes of the application
// are printed, but only a few of OpenTelemetry's conventions, such as error.type.
func WithAllAttributes() Option { return optionFunc(func(s *style) { s.hasAllAttributes = true }) }
