package dev.trefoil.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A relative path is taken from the folder of the file in which it stands, not from the working directory. For components of type
 * {@link java.nio.file.Path}, {@code List<Path>} or {@code Map<String, Path>}; a path given by an override stays as it is.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface BesideFile {}
