#pragma once

#include "vir0/verifier_value.hpp"

namespace vyre::vir0 {

/// The mask of the lanes where a < b, a <= b, a == b; a constant is a vector without base.
MaskValue mask_less(const VectorValue& a, const VectorValue& b);
MaskValue mask_less_or_equal(const VectorValue& a, const VectorValue& b);
MaskValue mask_equal(const VectorValue& a, const VectorValue& b);

MaskValue mask_const(bool full);
MaskValue mask_not(const MaskValue& a);
MaskValue mask_and(const MaskValue& a, const MaskValue& b);

}  // namespace vyre::vir0
