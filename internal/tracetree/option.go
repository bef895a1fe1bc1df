package tracetree

// Option changes how [Write] prints.
type Option interface{ apply(*style) }

type optionFunc func(*style)

func (f optionFunc) apply(s *style) { f(s) }

// style is what the options decide.
type style struct {
	colour bool
	width  int
	all    bool
}

const defaultWidth = 120

// leastWidth is where the columns no longer fit.
const leastWidth = 60

func newStyle(options []Option) style {
	s := style{width: defaultWidth}
	for _, option := range options {
		option.apply(&s)
	}
	if s.width > 0 {
		s.width = max(s.width, leastWidth)
	}
	return s
}

// WithColor turns colour on or off. Default: off.
func WithColor(on bool) Option { return optionFunc(func(s *style) { s.colour = on }) }

// WithWidth is how many characters a line may have; what is longer is cut off.
// 0 is no limit, and less than 60 is 60. Default: 120.
func WithWidth(characters int) Option {
	return optionFunc(func(s *style) { s.width = max(characters, 0) })
}

// WithAllAttributes prints every attribute. Default: those of the application,
// and of OpenTelemetry's own those that say what happened, such as
// error.type.
func WithAllAttributes() Option { return optionFunc(func(s *style) { s.all = true }) }
