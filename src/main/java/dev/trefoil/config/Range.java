package dev.trefoil.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The interval that a number (or each number of a list or map) must lie in. A null value is not checked. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
    /** Smallest value, unbounded if not given. */
    double min() default Double.NEGATIVE_INFINITY;

    /** Largest value, unbounded if not given. */
    double max() default Double.POSITIVE_INFINITY;

    /** True if the value must be greater than {@link #min()}. */
    boolean minExclusive() default false;

    /** True if the value must be less than {@link #max()}. */
    boolean maxExclusive() default false;
}
