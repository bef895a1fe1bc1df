package subject

// Versions of modules without a constant for it, as go.mod requires them.
const (
	chiVersion       = "v5.5.0"
	muxVersion       = "v1.8.1"
	otelfiberVersion = "v2.1.1"
)
